// Public surface of `primordia/nn`.
export * from './cells/cell.ts';
export * from './cells/create-cell.ts';
export * from './layers/decoder-layer.ts';
export * from './layers/linear.ts';
export * from './llama.ts';
export * from './llama-config.ts';
export * from './llama-config-json.ts';
export * from './llama-decode.ts';
export * from './llama-tensors.ts';
export * from './memory/index.ts';
export * from './rotary-frequencies.ts';
