// The executors of a study's jobs, by name.

import { createChildProcessExecutor } from './executors/child-processes.ts';
import type { Executor } from './executors/executor.ts';
import { createInProcessExecutor } from './executors/in-process.ts';
import { createSlurmExecutor } from './executors/slurm.ts';
import { readWaves } from './executors/slurm-waves.ts';
import type { ExecutorContext } from './run-study.ts';
import type { Study } from './study-schema.ts';

export const EXECUTORS = ['child-processes', 'in-process', 'slurm'] as const;
export type ExecutorName = (typeof EXECUTORS)[number];

/** The executor of a study that is resumed: the cluster that it was submitted to, whose jobs may still be running. */
export function executorOfFolder(directory: string): ExecutorName {
  return readWaves(directory).length > 0 ? 'slurm' : EXECUTORS[0];
}

/** What makes an executor of a study's jobs. */
export function executorOf(
  name: ExecutorName,
  { slurm }: Pick<Study, 'slurm'>,
): (context: ExecutorContext) => Executor {
  switch (name) {
    case 'in-process':
      return createInProcessExecutor;
    case 'child-processes':
      return createChildProcessExecutor;
    case 'slurm':
      return ({ askedWorkers, ...context }) =>
        createSlurmExecutor({ ...context, atOnce: askedWorkers, options: slurm });
  }
}
