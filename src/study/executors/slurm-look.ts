// The state of tasks according to Slurm: in its queue, or ended in its accounts.

import {
  type Answer,
  accountArguments,
  parseAccounts,
  parseQueue,
  queueArguments,
  type SlurmTask,
} from './slurm-commands.ts';
import type { Wave } from './slurm-waves.ts';

export type TaskLook = {
  /** States of tasks that wait or run. */
  readonly active: ReadonlyMap<string, string>;
  /** Tasks that are active only in the accounts: the queue may have missed them, or their end was never recorded. */
  readonly claimed: ReadonlySet<string>;
  /** The records of ended tasks; a task may be nowhere. */
  readonly ended: ReadonlyMap<string, SlurmTask>;
  /** Array jobs of the queue, by name. */
  readonly arrayJobs: ReadonlyMap<string, string>;
  /** Why there are no accounts, if asking failed. */
  readonly note: string | null;
};

/** States of a task that is over and will not run again by itself. */
const OVER: ReadonlySet<string> = new Set([
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'REVOKED',
  'TIMEOUT',
]);

/**
 * The tasks of some waves. If a cluster keeps no accounts, only the queue is known.
 *
 * @param ask runs a command of Slurm
 */
export async function lookAtTasks(
  waves: readonly Wave[],
  ask: (command: string, args: readonly string[]) => Promise<Answer<string>>,
): Promise<Answer<TaskLook>> {
  const queue = await askFor('squeue', queueArguments(waves.map(({ jobName }) => jobName)));
  if ('problem' in queue) return queue;
  const listed = queue.value;
  const active = new Map<string, string>();
  const claimed = new Set<string>();
  const ended = new Map<string, SlurmTask>();
  for (const found of listed) if (!OVER.has(found.state)) active.set(found.task, found.state);
  const arrayJobs = new Map(listed.map(({ name, arrayJob }) => [name, arrayJob]));
  const asked = waves.flatMap(({ arrayJob, jobs }) =>
    arrayJob !== null && jobs.some((_, index) => !active.has(`${arrayJob}_${index}`))
      ? [arrayJob]
      : [],
  );
  let note: string | null = null;
  if (asked.length > 0) {
    const accounts = await askFor('sacct', accountArguments(asked));
    if ('problem' in accounts) note = `${accounts.problem}: how jobs ended is not known`;
    else {
      for (const found of accounts.value) {
        if (OVER.has(found.state)) ended.set(found.task, found);
        else if (!active.has(found.task)) claimed.add(found.task);
      }
    }
  }
  return { value: { active, claimed, ended, arrayJobs, note } };

  async function askFor(
    command: 'squeue' | 'sacct',
    args: readonly string[],
  ): Promise<Answer<SlurmTask[]>> {
    const answer = await ask(command, args);
    if ('problem' in answer) return answer;
    return command === 'squeue' ? parseQueue(answer.value) : parseAccounts(answer.value);
  }
}
