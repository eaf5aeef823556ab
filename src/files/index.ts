// Public surface of `primordia/files`: writing that survives a crash, reading with bounds, and arrays on disk.
export { writeDirectoryAtomic, writeFileAtomic } from './atomic.ts';
export * from './json.ts';
export * from './read-file.ts';
export { requireWritable } from './require-writable.ts';
export * from './safetensors.ts';
