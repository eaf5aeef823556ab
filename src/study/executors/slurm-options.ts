// What a study requests from Slurm for each of its jobs.

import { z } from 'zod';

/** A value of an `#SBATCH` line: a space would end it. */
const value = z.string().regex(/^[^\s]+$/, 'must be one word');
const line = z.string().regex(/^[^\r\n\0]*$/, 'must be one line');

export const slurmOptionsSchema = z.strictObject({
  partition: value.optional().describe('partition to submit to; by default the cluster’s'),
  account: value.optional().describe('account that is charged'),
  qos: value.optional().describe('quality of service'),
  time: value
    .optional()
    .describe('time limit of a job, such as 04:00:00; a job saves before it, and is queued again'),
  cpus: z.int().min(1).max(4096).optional().describe('processors of a job, and its threads'),
  memory: value.optional().describe('memory of a job, such as 16G'),
  gres: value.optional().describe('other resources of a job, such as gpu:1'),
  options: z
    .array(line.regex(/^-/, 'must begin with -'))
    .default([])
    .describe('further options of sbatch, such as --constraint=a100, one an entry'),
  setup: z
    .array(line)
    .default([])
    .describe('lines of shell that run before the job, such as module load cuda'),
  maxArraySize: z
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .describe('most jobs of one array; a wave of more is several arrays'),
});

export type SlurmOptions = z.infer<typeof slurmOptionsSchema>;
