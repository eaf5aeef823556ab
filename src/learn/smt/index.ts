// Supervised Memory Training: SMT, then DMT.
export * from './dmt-forward.ts';
export * from './dmt-learner.ts';
export * from './measure-memories.ts';
export * from './memory-losses.ts';
export * from './memory-statistics.ts';
export * from './rollout.ts';
export * from './sequence-batch.ts';
export * from './smt-forward.ts';
export * from './smt-learner.ts';
export * from './task-batches.ts';
export * from './teacher-memories.ts';
