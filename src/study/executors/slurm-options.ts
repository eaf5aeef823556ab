// What a study requests from Slurm for each of its jobs.

import { z } from 'zod';

/** A value of an `#SBATCH` line: a space would end it. */
const value = z.string().regex(/^[^\s]+$/, 'must be one word');
const line = z.string().regex(/^[^\r\n\0]*$/, 'must be one line');

export const slurmOptionsSchema = z.strictObject({
  partition: value.optional().describe("Partition to submit to; by default the cluster's."),
  account: value.optional().describe('Account that is charged.'),
  qos: value.optional().describe('Quality of service.'),
  time: value
    .optional()
    .describe(
      'Time limit per job, such as 04:00:00. A job that reaches it saves its state first and is queued again.',
    ),
  cpus: z
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe('Processors per job, which are also its threads.'),
  memory: value.optional().describe('Memory per job, such as 16G.'),
  gres: value.optional().describe('Other resources per job, such as gpu:1.'),
  options: z
    .array(line.regex(/^-/, 'must begin with -'))
    .default([])
    .describe('Further options of sbatch, one per entry, such as --constraint=a100.'),
  setup: z
    .array(line)
    .default([])
    .describe('Shell commands that run before the job, one per entry, such as module load cuda.'),
  maxArraySize: z
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .describe('Most jobs per array; more are submitted as several arrays.'),
});

export type SlurmOptions = z.infer<typeof slurmOptionsSchema>;
