// Tasks for recurrent networks: what is to be remembered, and for how long.
export * from './characters.ts';
export * from './copy.ts';
export * from './idx.ts';
export * from './images.ts';
export * from './modular.ts';
export * from './parity.ts';
export * from './recall.ts';
export * from './retrieval.ts';
export * from './stack.ts';
export * from './task-world.ts';
export * from './uniform-tokens.ts';
