// Public surface of `primordia/worlds`.
export * from './world.ts';
