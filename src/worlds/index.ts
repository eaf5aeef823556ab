// Public surface of `primordia/worlds`.
export * from './dyck.ts';
export * from './iid.ts';
export * from './plane.ts';
export * from './shuffled.ts';
export * from './world.ts';
