// Public surface of `primordia/worlds`.
export * from './define-world.ts';
export * from './dfa.ts';
export * from './dyck.ts';
export * from './elementary.ts';
export * from './elementary-classes.ts';
export * from './iid.ts';
export * from './life.ts';
export * from './plane.ts';
export * from './predictor.ts';
export * from './registry.ts';
export * from './shuffled.ts';
export * from './tasks/index.ts';
export * from './traced-world.ts';
export * from './world.ts';
