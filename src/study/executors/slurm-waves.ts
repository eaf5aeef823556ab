// The record of submissions to Slurm in the study's folder: one file per wave, so that nothing is submitted twice.

import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../core/index.ts';
import { explainingErrors, writeFileAtomic } from '../../files/atomic.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/json.ts';
import { listFolder } from '../../files/read-file.ts';
import { type AskSlurm, parseSubmission } from './slurm-commands.ts';
import type { SlurmOptions } from './slurm-options.ts';
import { writeSlurmScript } from './slurm-script.ts';

/** The folder of records, scripts and logs, in the study's. */
const SLURM_FOLDER = 'slurm';

const recordSchema = z.strictObject({
  /** A unique name, by which a wave is found if its submission was cut off. */
  jobName: z.string().regex(/^[\w-]+$/),
  /** Slurm's number; null until it is known. */
  arrayJob: z
    .string()
    .regex(/^\d{1,18}$/)
    .nullable(),
  /** Ids of the jobs, in order of the array's indices. */
  jobs: z.array(z.string()),
});

export type Wave = z.infer<typeof recordSchema> & { readonly number: number };

export type Submission = {
  /** The study's folder, absolute. */
  readonly directory: string;
  readonly options: SlurmOptions;
  /** Tasks that may run at once; by default Slurm decides. */
  readonly atOnce: number | undefined;
  readonly program: string;
  readonly timeoutMs: number;
  readonly ask: AskSlurm;
};

function waveFile(directory: string, number: number, ending: string): string {
  const name = `wave-${String(number).padStart(3, '0')}`;
  return path.join(directory, SLURM_FOLDER, `${name}${ending}`);
}

/**
 * All waves of a study, in the order of their submission.
 *
 * @throws UserError for a damaged record
 */
export function readWaves(directory: string): Wave[] {
  const folder = path.join(directory, SLURM_FOLDER);
  if (!existsSync(folder)) return [];
  return listFolder(folder)
    .flatMap((name) => /^wave-(\d{3,9})\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
    .map((number) => {
      const file = waveFile(directory, number, '.json');
      const read = recordSchema.safeParse(readJsonFile(file));
      if (read.success) return { ...read.data, number };
      throw new UserError(`${file} is not the record of a wave`, {
        hint: 'it says which jobs Slurm has: look at squeue, cancel what is left of the study there, then remove it',
      });
    });
}

export function writeWave(directory: string, { number, ...record }: Wave): void {
  writeJsonAtomic(waveFile(directory, number, '.json'), record);
}

/** The log of a job's task. */
export function logFile(directory: string, wave: Wave, index: number): string {
  return waveFile(directory, wave.number, `-${index}.log`);
}

/**
 * Submits a wave as one array job. Its record is written first, so that a submission that is cut off can be found.
 *
 * @param number different from that of any earlier wave
 * @throws UserError if sbatch refuses, or does not answer; where the disk refuses
 */
export async function submitWave(
  { directory, options, atOnce, program, timeoutMs, ask }: Submission,
  number: number,
  ids: readonly string[],
): Promise<Wave> {
  const jobName = `primordia-${randomUUID()}`;
  const wave: Wave = { number, jobName, arrayJob: null, jobs: [...ids] };
  const script = waveFile(directory, number, '.sh');
  explainingErrors(script, () => mkdirSync(path.dirname(script), { recursive: true }));
  writeFileAtomic(script, writeSlurmScript(ids, options));
  writeWave(directory, wave);
  const relative = path.relative(directory, script);
  const answer = await ask(
    'sbatch',
    [
      '--parsable',
      `--array=0-${ids.length - 1}${atOnce === undefined ? '' : `%${atOnce}`}`,
      `--job-name=${jobName}`,
      `--output=${relative.replace(/\.sh$/, '-%a.log')}`,
      '--open-mode=append',
      `--chdir=${directory}`,
      relative,
      directory,
      process.execPath,
      program,
    ],
    timeoutMs,
    directory,
  );
  if ('problem' in answer) {
    if (answer.wasRefused) rmSync(waveFile(directory, number, '.json'), { force: true });
    throw new UserError(`the jobs could not be submitted: ${answer.problem}`, {
      hint: 'running jobs continue: solve the problem, then run the same command again',
    });
  }
  const arrayJob = parseSubmission(answer.value);
  if (arrayJob === null) {
    throw new UserError(
      `sbatch did not answer with a job number: ${JSON.stringify(answer.value.slice(0, 300))}`,
      { hint: `look at squeue --name=${jobName}, then start the same command again` },
    );
  }
  const submitted = { ...wave, arrayJob };
  writeWave(directory, submitted);
  return submitted;
}
