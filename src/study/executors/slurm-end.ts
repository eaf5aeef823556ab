// The meaning of the end of a Slurm task whose job has no result.

import { explainEnd, type UnaskedEnding } from './job-process.ts';
import type { SlurmTask } from './slurm-commands.ts';

export type TaskEnding =
  | UnaskedEnding
  /** Ended by the cluster's rules; it is resumed later. */
  | { readonly kind: 'interrupted'; readonly message: string };

/**
 * The end of a task, from Slurm's accounts and the end of its log.
 *
 * @param record the task in Slurm's accounts; undefined if there is none
 */
export function explainTask(record: SlurmTask | undefined, log: string): TaskEnding {
  switch (record?.state) {
    case 'NODE_FAIL':
    case 'BOOT_FAIL':
      return { kind: 'lost', message: 'its machine failed' };
    case 'OUT_OF_MEMORY':
      return { kind: 'lost', message: 'the process ran out of memory' };
    case 'TIMEOUT':
      return { kind: 'interrupted', message: 'the time limit was reached' };
    case 'PREEMPTED':
      return { kind: 'interrupted', message: 'the job was preempted' };
    case 'CANCELLED':
      return { kind: 'failed', message: 'the job was canceled in Slurm' };
    case 'DEADLINE':
      return { kind: 'failed', message: 'the deadline in Slurm was reached' };
  }
  const { code = 0, signal = 0 } = record?.exit ?? {};
  if (record === undefined && !/^error: /m.test(log)) {
    return { kind: 'lost', message: 'the job left Slurm’s queue without a result' };
  }
  // The signal that announces the time limit: it has saved, and stopped.
  if (code === 143 || signal === 15) {
    return { kind: 'interrupted', message: 'the process was asked to stop, and saved' };
  }
  const end = {
    code: code === 0 && record === undefined ? 1 : code,
    signal: signal === 0 ? null : `signal ${signal}`,
  };
  return explainEnd(end, log);
}
