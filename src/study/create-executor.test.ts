// Where studies that have begun are resumed.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { executorOfFolder } from './create-executor.ts';
import { writeWave } from './executors/slurm-waves.ts';

test('a study that was submitted to a cluster is resumed there, any other one here', () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'executor-'));
  try {
    expect(executorOfFolder(directory)).toBe('child-processes');
    mkdirSync(path.join(directory, 'slurm'));
    writeWave(directory, { number: 1, jobName: 'primordia-x', arrayJob: '7', jobs: ['a'] });
    expect(executorOfFolder(directory)).toBe('slurm');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
