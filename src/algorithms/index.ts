// Public surface of `primordia/algorithms`.
export * from './algorithm.ts';
export * from './first-state.ts';
export * from './memory/index.ts';
export * from './next-token/next-token.ts';
export * from './next-token/next-token-forward.ts';
export * from './registry.ts';
export * from './scramble.ts';
export * from './smt/index.ts';
export * from './train-step.ts';
export * from './trainer.ts';
export * from './transfer.ts';
