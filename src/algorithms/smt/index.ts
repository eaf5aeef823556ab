// Supervised Memory Training: SMT, then DMT.
export * from './dmt-forward.ts';
export * from './dmt-learner.ts';
export * from './smt-forward.ts';
export * from './smt-learner.ts';
export * from './supervision.ts';
export * from './taught-network.ts';
export * from './teacher-memories.ts';
export * from './uniformity-loss.ts';
