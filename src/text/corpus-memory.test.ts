// A corpus that does not fit in memory, on a machine with very little of it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { readCorpus } from './corpus.ts';

vi.mock('node:v8', () => ({ getHeapStatistics: () => ({ heap_size_limit: 2000 }) }));

it('ends with a sentence before memory does', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'primordia-memory-'));
  try {
    for (const name of ['a.txt', 'b.txt']) writeFileSync(path.join(folder, name), 'x'.repeat(600));
    expect(readCorpus([path.join(folder, 'a.txt')]).documents).toHaveLength(1);
    expect(() => readCorpus([folder])).toThrow('the corpus has more than 1,000 characters');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
