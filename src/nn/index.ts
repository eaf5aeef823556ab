// Public surface of `primordia/nn`.
export * from './llama.ts';
export * from './llama-config.ts';
export * from './llama-decode.ts';
export * from './llama-huggingface.ts';
