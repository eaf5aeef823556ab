// The ONNX stage: targets, lowering and model bytes.
export { encodeModel, type OnnxGraph } from './encode.ts';
export { lowerGraph, type NamedOutput } from './lower.ts';
export { TARGETS, type Target } from './targets.ts';
