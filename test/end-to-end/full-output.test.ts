// A full disk behind standard output is an error like any other full disk, not a reader that has left.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

test.skipIf(!existsSync('/dev/full'))('a full disk is named, with exit code 1', () => {
  const full = openSync('/dev/full', 'w');
  try {
    const { status, signal, stderr } = spawnSync(process.execPath, [MAIN, '--help'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^error: disk full while writing standard output \([^\n]+\)\n$/);
    expect([status, signal]).toEqual([1, null]);
  } finally {
    closeSync(full);
  }
});
