// Public surface of `primordia/algorithms`.
export * from './bptt/index.ts';
export * from './language-model.ts';
export * from './learner.ts';
export * from './memory/index.ts';
export * from './scramble.ts';
export * from './smt/index.ts';
export * from './train-step.ts';
export * from './trainer.ts';
export * from './transfer.ts';
