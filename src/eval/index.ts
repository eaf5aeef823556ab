// Public surface of `primordia/eval`.
export * from './evaluate-text.ts';
export * from './gates/index.ts';
export * from './generate.ts';
export type { ParamState, PickedParams } from './model-state.ts';
export * from './perplexity.ts';
export * from './sampling.ts';
export * from './token-losses.ts';
