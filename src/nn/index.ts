// Public surface of `primordia/nn`.
export * from './llama.ts';
export * from './llama-config.ts';
