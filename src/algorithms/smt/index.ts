// Supervised Memory Training: SMT, then DMT.
export * from './dmt.ts';
export * from './dmt-forward.ts';
export * from './smt.ts';
export * from './smt-forward.ts';
export * from './supervision.ts';
export * from './teacher-artifact.ts';
export * from './teacher-memories.ts';
export * from './uniformity-loss.ts';
