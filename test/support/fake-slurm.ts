// Slurm as an executor sees it, without processes: its tasks play what plan.json in the study's folder says of their job, a step
// each time that somebody looks at the queue. `study-job.mjs` plays the same plans in processes.

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AskSlurm } from '../../src/study/executors/slurm-commands.ts';
import type { PlayedJob } from './study-folder.ts';

export type SubmittedJob = {
  readonly tasks: readonly number[];
  /** Of `--array`. */
  readonly atOnce?: number;
  /** The lines `#SBATCH` of the script. */
  readonly asked: readonly string[];
  readonly script: string;
  readonly arguments: readonly string[];
};

type Command = 'sbatch' | 'squeue' | 'sacct';
type Fault = 'empty' | 'garbage' | 'slow' | 'fail';

type Task = {
  readonly id: string;
  readonly name: string;
  readonly job: string;
  readonly directory: string;
  readonly log: string;
  readonly array: SubmittedJob;
  readonly arrayId: number;
  state: string;
  exit: string;
};

const FIRST_ARRAY_JOB = 1000;
const KILLED = '0:9';

export type FakeSlurm = {
  readonly ask: AskSlurm;
  /** The array jobs that were submitted. */
  readonly submissions: readonly SubmittedJob[];
  /** Lets a command answer badly from now on; null lets it answer well. */
  readonly answerBadly: (command: Command, fault: Fault | null) => void;
  /** Lets all tasks go on until none is left, whether or not anybody looks. */
  readonly runToEnd: () => void;
};

export function createFakeSlurm(): FakeSlurm {
  const tasks: Task[] = [];
  const submissions: SubmittedJob[] = [];
  const faults = new Map<string, Fault>();
  const isOpen = ({ state }: Task) => state === 'PENDING' || state === 'RUNNING';
  const advance = () => {
    for (const task of tasks.filter(isOpen)) {
      if (task.state === 'RUNNING') work(task);
      else {
        const others = tasks.filter(({ arrayId }) => arrayId === task.arrayId);
        const running = others.filter(({ state }) => state === 'RUNNING').length;
        if (running < (task.array.atOnce ?? Number.POSITIVE_INFINITY)) begin(task);
      }
    }
  };
  const option = (args: readonly string[], name: string) =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? '';
  const commands: Record<Command, (args: readonly string[]) => string> = {
    sbatch(args) {
      const [file, ...rest] = args.filter((arg) => !arg.startsWith('--'));
      const directory = option(args, 'chdir');
      const script = readFileSync(path.join(directory, file!), 'utf8');
      const record = path.join(directory, file!.replace(/\.sh$/, '.json'));
      const { jobs } = JSON.parse(readFileSync(record, 'utf8')) as { jobs: string[] };
      const [range, atOnce] = option(args, 'array').split('%');
      const [first, last] = range!.split('-').map(Number);
      const array = {
        tasks: Array.from({ length: last! - first! + 1 }, (_, i) => first! + i),
        ...(atOnce === undefined ? {} : { atOnce: Number(atOnce) }),
        asked: [...script.matchAll(/^#SBATCH (.*)$/gm)].map(([, line]) => line!),
        script,
        arguments: rest,
      };
      const arrayId = FIRST_ARRAY_JOB + submissions.length;
      submissions.push(array);
      for (const index of array.tasks) {
        tasks.push({
          id: `${arrayId}_${index}`,
          name: option(args, 'job-name'),
          job: jobs[index]!,
          directory,
          log: path.join(directory, option(args, 'output').replace('%a', `${index}`)),
          array,
          arrayId,
          state: 'PENDING',
          exit: '0:0',
        });
      }
      return `${arrayId}\n`;
    },
    squeue(args) {
      const names = option(args, 'name').split(',');
      const listed = tasks.filter((task) => isOpen(task) && names.includes(task.name));
      const lines = listed.map(({ id, name, state }) => `${id}|${name}|${state}\n`);
      return lines.join('');
    },
    sacct(args) {
      const asked = option(args, 'jobs').split(',');
      const listed = tasks.filter(({ arrayId }) => asked.includes(`${arrayId}`));
      return listed.map(({ id, state, exit }) => `${id}|${state}|${exit}\n`).join('');
    },
  };
  return {
    submissions,
    answerBadly: (command, fault) => {
      if (fault === null) faults.delete(command);
      else faults.set(command, fault);
    },
    runToEnd: () => {
      while (tasks.some(isOpen)) advance();
    },
    ask: async (command, args, timeoutMs) => {
      // Whatever Slurm answers, its tasks go on.
      if (command === 'squeue') advance();
      switch (faults.get(command)) {
        case 'empty':
          return { value: '' };
        case 'garbage':
          return { value: '\0<html>502 Bad Gateway</html>\n' };
        case 'slow':
          return { problem: `${command} did not answer within ${timeoutMs / 1000} seconds` };
        case 'fail':
          return { problem: `${command}: cannot reach the controller`, wasRefused: true };
        default:
          return { value: commands[command as Command](args) };
      }
    },
  };
}

function planOf({ directory, job }: Task): PlayedJob {
  return JSON.parse(readFileSync(path.join(directory, 'plan.json'), 'utf8'))[job];
}

function begin(task: Task): void {
  const folder = path.join(task.directory, 'runs', task.job);
  mkdirSync(folder, { recursive: true });
  appendFileSync(path.join(folder, 'attempts'), 'a task of Slurm\n');
  appendFileSync(task.log, `${JSON.stringify({ event: 'step', step: countAttempts(task) })}\n`);
  task.state = 'RUNNING';
}

function work(task: Task): void {
  const plan = planOf(task);
  const runs = path.join(task.directory, 'runs');
  const hasResult = (job: string) => existsSync(path.join(runs, job, 'result.json'));
  const end = (state: string, exit: string) => Object.assign(task, { state, exit });
  const fail = (message: string) => {
    appendFileSync(task.log, `error: ${message}\n`);
    end('FAILED', '1:0');
  };
  const finish = (result: object) =>
    writeFileSync(path.join(runs, task.job, 'result.json'), JSON.stringify(result));
  const missing = plan.needs?.find((job) => !hasResult(job));
  if (missing !== undefined) fail(`${task.job} started before ${missing}`);
  else if (plan.die?.includes(countAttempts(task))) end('FAILED', KILLED);
  else if (plan.fail !== undefined) fail(plan.fail);
  else if (plan.record !== undefined) {
    finish({ failed: plan.record });
    end('FAILED', '1:0');
  } else if (!plan.wait || existsSync(path.join(task.directory, 'go'))) {
    if (!plan.silent) finish({ attempt: countAttempts(task) });
    end('COMPLETED', '0:0');
  }
}

function countAttempts({ directory, job }: Task): number {
  const file = path.join(directory, 'runs', job, 'attempts');
  return readFileSync(file, 'utf8').split('\n').length - 1;
}
