import { expect, test } from 'vitest';
import { requireOneProcess } from './require-one-process.ts';

test('one of several processes is refused, a process by itself is not', () => {
  for (const environment of [
    {},
    { SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1' },
    // A batch script of a job with several tasks is one process.
    { SLURM_PROCID: '0', SLURM_NTASKS: '4' },
  ]) {
    expect(() => requireOneProcess(environment)).not.toThrow();
  }
  const environment = {
    SLURM_PROCID: '2',
    SLURM_STEP_NUM_TASKS: '4',
    SLURM_STEP_NODELIST: 'gpu[01-04]',
  };
  expect(() => requireOneProcess(environment)).toThrow(
    'engine.mesh: this is process 2 of 4, but only train and resume share a mesh between processes',
  );
});
