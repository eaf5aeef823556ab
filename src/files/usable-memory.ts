// The memory that this process may use.

import { totalmem } from 'node:os';

/** Bytes of main memory, or fewer where a container allows fewer. */
export function usableMemory(
  total: number = totalmem(),
  allowed: number = process.constrainedMemory(),
): number {
  // 0 where it is not known; without a limit some systems report an absurdly large one.
  return allowed > 0 ? Math.min(allowed, total) : total;
}
