// Temporary files of tests lie in memory where there is enough of it: runs wait for the disk at every file that they write.

import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';

const MEMORY = '/dev/shm';
/** What tests that run at the same time may need, with much to spare. */
const ENOUGH_BYTES = 4 * 2 ** 30;

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    // Only Linux has it.
    return 0;
  }
}

/** vitest calls it once: sets TMPDIR for all workers, unless somebody has chosen a folder. */
export function setup(): (() => void) | undefined {
  if (process.env.TMPDIR !== undefined || freeBytes(MEMORY) < ENOUGH_BYTES) return undefined;
  const folder = mkdtempSync(path.join(MEMORY, 'primordia-tests-'));
  process.env.TMPDIR = folder;
  return () => {
    delete process.env.TMPDIR;
    // A browser that is ending may still write.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
}
