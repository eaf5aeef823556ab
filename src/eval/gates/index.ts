// The gate of source models: predictors that know no dynamics, look-ups that infer them, and the verdict.
export * from './backoff-predictor.ts';
export * from './cell-contexts.ts';
export * from './contexts.ts';
export * from './create-predictors.ts';
export * from './frame-sums.ts';
export * from './gate-world.ts';
export * from './global-predictors.ts';
export * from './judge-gate.ts';
export * from './judge-losses.ts';
export * from './mix-losses.ts';
export * from './score-sequences.ts';
