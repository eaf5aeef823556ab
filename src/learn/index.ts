// Public surface of `primordia/learn`.
export * from './bptt/bptt-forward.ts';
export * from './bptt/bptt-learner.ts';
export * from './gate.ts';
export * from './language-model.ts';
export * from './learner.ts';
export * from './scramble.ts';
export * from './smt/index.ts';
export * from './train-step.ts';
export * from './trainer.ts';
export * from './transfer.ts';
