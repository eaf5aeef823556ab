import { expect, test } from 'vitest';
import { requireOneProcess } from './require-one-process.ts';

test('several processes of a Slurm step are refused, one is not', () => {
  for (const environment of [
    {},
    { SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1' },
    // A batch script of a job with several tasks is one process.
    { SLURM_PROCID: '0', SLURM_NTASKS: '4' },
  ]) {
    expect(() => requireOneProcess(environment)).not.toThrow();
  }
  expect(() => requireOneProcess({ SLURM_PROCID: '2', SLURM_STEP_NUM_TASKS: '4' })).toThrow(
    'engine.mesh: this is process 2 of 4 of a Slurm step',
  );
});
