// A process that runs the jobs of a study on Slurm: node run-slurm.mjs DIRECTORY PROGRAM, jobs as JSON on standard input
import fs from 'node:fs';
import path from 'node:path';
import { createSlurmExecutor } from '../../dist/study/executors/slurm.js';

const [directory, program] = process.argv.slice(2);
const jobs = JSON.parse(fs.readFileSync(0, 'utf8'));
const jobState = (job) =>
  fs.existsSync(path.join(directory, job.directory, 'result.json')) ? 'finished' : 'waiting';
const options = { options: [], setup: [], maxArraySize: 1000 };
const executor = createSlurmExecutor({ directory, program, jobState, options, intervalMs: 40 });
for await (const event of executor.run(jobs)) console.log(JSON.stringify(event));
