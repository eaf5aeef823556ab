// Public surface of `primordia/eval`.
export * from './evaluate-text.ts';
export * from './gates/index.ts';
export * from './generate.ts';
export type { LlamaState } from './llama-state.ts';
export * from './perplexity.ts';
export * from './sampling.ts';
