// Memory that this process keeps from run to run.

import type koffi from 'koffi';

/** Parameters of glibc's mallopt by their numbers, and what each is set to. */
const SETTINGS = [
  { parameter: -8, name: 'M_ARENA_MAX', value: 1 },
  { parameter: -4, name: 'M_MMAP_MAX', value: 0 },
  { parameter: -1, name: 'M_TRIM_THRESHOLD', value: -1 },
] as const;

/**
 * On a CPU, programs allocate the memory of their intermediate values at each run. glibc gives large blocks back to the system, and
 * the next run would fault every page in again; this makes it keep them. Where there is no glibc, nothing changes.
 */
export function keepMemory(native: typeof koffi): void {
  if (process.platform !== 'linux') return;
  try {
    const mallopt = native.load('libc.so.6').func('int mallopt(int parameter, int value)');
    for (const { parameter, value } of SETTINGS) mallopt(parameter, value);
  } catch {
    // Another C library.
  }
}
