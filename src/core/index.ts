// Public surface of `primordia/core`.
export * from './abort.ts';
export * from './array.ts';
export * from './bfloat16.ts';
export * from './control-characters.ts';
export * from './errors.ts';
export * from './float32.ts';
export * from './format-memory.ts';
export * from './hash-uniform.ts';
export * from './param-spec.ts';
export * from './plural.ts';
export * from './rng.ts';
export * from './stats.ts';
export * from './tree.ts';
