// Backpropagation through time.
export * from './bptt-forward.ts';
export * from './bptt-learner.ts';
