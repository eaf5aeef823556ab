// Public surface of `primordia/optim`.
export * from './adamw.ts';
export * from './clip.ts';
export * from './groups.ts';
export * from './optimizer.ts';
export * from './registry.ts';
export * from './schedule.ts';
