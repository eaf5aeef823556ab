// Public surface of `primordia/files`: writing that survives a crash, and arrays on disk.
export { writeDirectoryAtomic, writeFileAtomic } from './atomic.ts';
export * from './json.ts';
export * from './safetensors.ts';
