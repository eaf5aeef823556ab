// Public surface of `primordia/nn`.
export * from './cells/cell.ts';
export * from './cells/create-cell.ts';
export * from './llama.ts';
export * from './llama-config.ts';
export * from './llama-decode.ts';
export * from './llama-huggingface.ts';
export * from './memory/index.ts';
