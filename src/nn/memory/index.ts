// Models with a memory: the teacher's encoder and decoder, and what they share with recurrent cells.
export * from './memory-config.ts';
export * from './memory-encoder.ts';
export * from './memory-models.ts';
export * from './normalize-memory.ts';
export * from './prefix-decoder.ts';
