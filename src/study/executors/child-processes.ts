// Jobs in processes of their own on this machine, several at a time.

import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { Executor, Job, JobState } from './executor.ts';
import { explainEnd, jobArguments, PROGRAM, parseEvent } from './job-process.ts';
import { type Ending, runSideBySide } from './run-side-by-side.ts';

export type ChildProcessesOptions = {
  /** The study's folder. */
  readonly directory: string;
  readonly jobState: (job: Job) => JobState;
  /** Processes at a time; by default one per processor. If there is more than one, each has one thread. */
  readonly workers?: number;
  /** Attempts at a job whose process dies; 3 by default. */
  readonly attempts?: number;
  /** Throws if the study's folder no longer belongs to this process; called before each start. */
  readonly requireFolder?: () => void;
  /** The program, in JavaScript; tests use another one. */
  readonly program?: string;
};

/**
 * When the signal fires, processes are asked to stop, and waited for until they have saved. If this process dies, for whatever
 * reason, they are asked to stop too.
 */
export function createChildProcessExecutor(options: ChildProcessesOptions): Executor {
  const { directory, jobState, workers = availableParallelism(), attempts = 3 } = options;
  const { program = PROGRAM, requireFolder = () => {} } = options;
  const threads = workers > 1 ? '1' : null;
  const attempt = async (
    job: Job,
    signal: AbortSignal,
    tell: (data: unknown) => void,
  ): Promise<Ending> => {
    const args = [program, ...jobArguments(path.resolve(directory), job.id, threads)];
    const end = await runChild(args, signal, tell);
    const state = jobState(job);
    if (state === 'finished') return { kind: 'finished' };
    if (state !== 'waiting') return { kind: 'failed', message: state.failed };
    if ('error' in end) {
      return { kind: 'failed', message: `the process cannot be started: ${end.error.message}` };
    }
    const ending = explainEnd(end, end.output);
    // A process that was asked to stop ends by the signal, or with the command line's exit code for it.
    return signal.aborted && ending.kind === 'lost' ? { kind: 'stopped' } : ending;
  };
  return {
    run: (jobs, signal) =>
      runSideBySide(jobs, { jobState, workers, attempts, attempt, requireFolder }, signal),
  };
}

/** Longer lines are not our events, and are left out. */
const MAX_LINE = 2 ** 16;
/** Characters that are kept of the end of a process's output for people. */
const MAX_OUTPUT = 2 ** 13;

type ChildEnd =
  | { readonly error: Error }
  | {
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly output: string;
    };

function runChild(
  args: readonly string[],
  signal: AbortSignal,
  tell: (data: unknown) => void,
): Promise<ChildEnd> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(process.execPath, ['--import', followerUrl(), ...args], {
        // A process group of its own, so that Ctrl-C reaches only this process and no job is signaled twice.
        detached: true,
        windowsHide: true,
        // The channel tells the child of this process's end.
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
    } catch (error) {
      resolve({ error: error as Error });
      return;
    }
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    let output = '';
    readLines(child.stdout!, (line) => {
      const event = parseEvent(line);
      if (event) tell(event);
      else output = `${output}${line}\n`.slice(-MAX_OUTPUT);
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-MAX_OUTPUT);
    });
    const end = (ended: ChildEnd) => {
      signal.removeEventListener('abort', stop);
      resolve(ended);
    };
    child.on('error', (error) => {
      // A signal that could not be sent counts too.
      if (child.pid === undefined) end({ error });
    });
    child.on('close', (code, by) => end({ code, signal: by, output }));
  });
}

/** Calls `take` with each line; overlong lines are dropped. */
function readLines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isTooLong = false;
  stream.on('data', (bytes: Buffer) => {
    const lines = (rest + decoder.write(bytes)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (!isTooLong && line.length <= MAX_LINE) take(line);
      isTooLong = false;
    }
    if (rest.length > MAX_LINE) {
      isTooLong = true;
      rest = '';
    }
  });
}

/** Loaded before the program, which is plain JavaScript: from sources, the built one is used. */
function followerUrl(): string {
  const built = '../../../dist/study/executors/follow-parent.js';
  const own = import.meta.url.endsWith('.ts') ? built : './follow-parent.js';
  return new URL(own, import.meta.url).href;
}
