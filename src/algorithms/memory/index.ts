// What learners of networks with a memory share: batches, rollouts, measures.
export * from './measure-memories.ts';
export * from './memory-statistics.ts';
export * from './rollout.ts';
export * from './sequence-batch.ts';
export * from './task-batches.ts';
export * from './weighted-mean.ts';
