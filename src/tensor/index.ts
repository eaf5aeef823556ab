// Public surface of `primordia/tensor`: trace with operations, differentiate, compile on a device.
export { gradients } from './gradients.ts';
export {
  constant,
  customGradient,
  type Graph,
  isTensor,
  type Operand,
  scalar,
  type Tensor,
} from './graph.ts';
export { graphDepth } from './graph-depth.ts';
export { TARGETS, type Target } from './onnx/index.ts';
export * from './ops/activations.ts';
export * from './ops/attention.ts';
export * from './ops/elementwise.ts';
export * from './ops/indexing.ts';
export * from './ops/losses.ts';
export * from './ops/matmul.ts';
export * from './ops/normalise.ts';
export * from './ops/order.ts';
export * from './ops/random.ts';
export * from './ops/reduce.ts';
export * from './ops/rope.ts';
export * from './ops/structure.ts';
export {
  Device,
  type DeviceOptions,
  type DeviceState,
  openDevice,
  type Program,
} from './runtime/device.ts';
export {
  type Arrays,
  type Leaves,
  lowerProgram,
  type ProgramSpec,
  programDepth,
  type Specs,
  type SpecTrees,
} from './runtime/program.ts';
export type { RuntimeInfo, RuntimeKind } from './runtime/protocol.ts';
export { ShapeError } from './shape.ts';
