// Slurm's commands: their arguments, time limits and the format of their answers.

import { execFile } from 'node:child_process';

/** An answer, or a sentence on why there is none. */
export type Answer<T> = { readonly value: T } | { readonly problem: string };

const MAX_ANSWER_BYTES = 2 ** 26;

/** Runs a command in a folder, and tells what it writes on standard output. */
export type AskSlurm = (
  command: string,
  args: readonly string[],
  timeoutMs: number,
  directory: string,
) => Promise<Answer<string> & { readonly wasRefused?: boolean }>;

export const askSlurm: AskSlurm = (command, args, timeoutMs, directory) => {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { cwd: directory, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_ANSWER_BYTES },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ value: stdout });
        if (error.code === 'ENOENT') {
          return resolve({ problem: `there is no ${command} on the PATH`, wasRefused: true });
        }
        if (error.killed === true) {
          const seconds = timeoutMs / 1000;
          return resolve({
            problem: `${command} did not answer within ${seconds} seconds, or too much`,
          });
        }
        const said = firstLine(stderr) || firstLine(stdout) || `it ended with ${error.code}`;
        resolve({ problem: `${command}: ${said}`, wasRefused: true });
      },
    );
  });
};

const MAX_SAID = 300;

function firstLine(text: string): string {
  const line = text.split('\n').find((line) => line.trim() !== '');
  return (line ?? '').trim().slice(0, MAX_SAID);
}

/** A task of an array job in Slurm's queue or its accounts. */
export type SlurmTask = {
  /** `123_4`: array job and index. */
  readonly task: string;
  readonly arrayJob: string;
  /** Name of the array job; empty in accounts. */
  readonly name: string;
  readonly state: string;
  /** Exit code and signal; null if unknown. */
  readonly exit: { readonly code: number; readonly signal: number } | null;
};

/** Arguments of `squeue` for the array jobs with some names. */
export function queueArguments(names: readonly string[]): string[] {
  return ['--noheader', '--array', '--format=%i|%j|%T', `--name=${names.join(',')}`];
}

/** Arguments of `sacct` for array jobs. */
export function accountArguments(arrayJobs: readonly string[]): string[] {
  const jobs = `--jobs=${arrayJobs.join(',')}`;
  return ['--noheader', '--parsable2', '--allocations', '--format=JobID,State,ExitCode', jobs];
}

/** The tasks in an answer of `squeue`. */
export function parseQueue(text: string): Answer<SlurmTask[]> {
  return parseLines('squeue', text, ([id = '', name = '', state = '', ...rest]) =>
    rest.length === 0 && /^[A-Z_]+$/.test(state)
      ? parseTasks(id).map((found) => ({ ...found, name, state, exit: null }))
      : [],
  );
}

/** The tasks in an answer of `sacct`. */
export function parseAccounts(text: string): Answer<SlurmTask[]> {
  return parseLines('sacct', text, ([id = '', said = '', codes = '', ...rest]) => {
    const [, state] = /^([A-Z_]+)\+?(?: by \d+)?$/.exec(said) ?? [];
    const [, code, signal] = /^(\d{1,3}):(\d{1,3})$/.exec(codes) ?? [];
    if (state === undefined || code === undefined || rest.length > 0) return [];
    const exit = { code: Number(code), signal: Number(signal) };
    return parseTasks(id).map((found) => ({ ...found, name: '', state, exit }));
  });
}

function parseLines(
  command: string,
  text: string,
  parse: (fields: readonly string[]) => SlurmTask[],
): Answer<SlurmTask[]> {
  const tasks: SlurmTask[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const found = parse(line.trim().split('|'));
    if (found.length === 0) {
      const said = JSON.stringify(line.slice(0, MAX_SAID));
      return { problem: `${command} did not answer with a list of jobs: ${said}` };
    }
    tasks.push(...found);
  }
  return { value: tasks };
}

const MAX_TASKS = 100_000;

/** `123_4` or, for tasks that wait together, `123_[0-3,7%2]`. */
function parseTasks(id: string): Pick<SlurmTask, 'task' | 'arrayJob'>[] {
  const [, arrayJob, single, several] =
    /^(\d{1,18})_(?:(\d{1,6})|\[([\d,-]+)(?:%\d+)?\])$/.exec(id) ?? [];
  if (arrayJob === undefined) return [];
  const indices = (several ?? single!).split(',').flatMap((part) => {
    const [first = Number.NaN, last = first] = part.split('-').map(Number);
    const count = last - first + 1;
    return count >= 1 && count <= MAX_TASKS
      ? Array.from({ length: count }, (_, i) => first + i)
      : [];
  });
  return indices.map((index) => ({ arrayJob, task: `${arrayJob}_${index}` }));
}

/** The number of the array job in the answer of `sbatch --parsable`. */
export function parseSubmission(text: string): string | null {
  // On a federation, the cluster's name follows.
  return /^(\d{1,18})(?:;[\w.-]+)?\s*$/.exec(text)?.[1] ?? null;
}
