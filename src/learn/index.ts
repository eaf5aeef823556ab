// Public surface of `primordia/learn`.
export * from './gate.ts';
export * from './language-model.ts';
export * from './learner.ts';
export * from './scramble.ts';
export * from './train-step.ts';
export * from './transfer.ts';
