// The script of a wave: an array job each of whose tasks is a job of the study.

import { jobArguments } from './job-process.ts';
import type { SlurmOptions } from './slurm-options.ts';

/**
 * A script without paths: the study's folder, Node and the program are its arguments, in that order, so that it remains correct
 * if the study is moved. Each task becomes the job's process, which gets the signal that Slurm sends a minute before the time
 * limit.
 *
 * @param ids of the jobs, in order of the array's indices from 0
 */
export function writeSlurmScript(ids: readonly string[], options: SlurmOptions): string {
  const { partition, account, qos, time, cpus, memory, gres } = options;
  const asked = Object.entries({
    partition,
    account,
    qos,
    time,
    'cpus-per-task': cpus,
    mem: memory,
    gres,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
  // Slurm sets the number of a task's processors if it was requested; otherwise it is one.
  const threads = `"\${SLURM_CPUS_PER_TASK:-1}"`;
  const job = jobArguments('"$1"', '"$id"', threads).join(' ');
  return [
    '#!/bin/bash',
    ...[...asked, '--no-requeue', '--signal=B:TERM@60', ...options.options].map(
      (option) => `#SBATCH ${option}`,
    ),
    'case "$SLURM_ARRAY_TASK_ID" in',
    ...ids.map((id, index) => `${index}) id=${quote(id)} ;;`),
    '*) echo "error: no job has this index" >&2; exit 1 ;;',
    'esac',
    ...options.setup,
    `exec "$2" "$3" ${job}`,
    '',
  ].join('\n');
}

/** A word quoted for the shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
