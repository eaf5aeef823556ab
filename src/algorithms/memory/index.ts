// Shared by algorithms on networks with a memory: batches, rollouts, measures.
export * from './batch-shape.ts';
export * from './measure-memories.ts';
export * from './memory-model.ts';
export * from './memory-statistics.ts';
export * from './principal-components.ts';
export * from './rollout.ts';
export * from './task-batches.ts';
export * from './weighted-mean.ts';
