// Public surface of `primordia/worlds/nca`.
export * from './band.ts';
export * from './gzip-size.ts';
export * from './inspect.ts';
export * from './options.ts';
export * from './random-rules.ts';
export * from './render.ts';
export * from './rollout.ts';
export * from './rule.ts';
export * from './sample-bands.ts';
export * from './statistics.ts';
export * from './step.ts';
export * from './tokenizer.ts';
export * from './world.ts';
