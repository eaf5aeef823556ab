// Runs that are started from a page: commands of this package in processes of their own, one behind the other.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../core/index.ts';
import type { JobFacts, JobState } from '../protocol.ts';

/** Commands that wait, at most. */
const MOST_QUEUED = 200;
/** Ended commands that are still listed, at most. */
const MOST_ENDED = 50;
/** Characters that are kept of what a command writes about errors. */
const MOST_WORDS = 2000;
/** How commands end that were stopped and can be resumed. */
const STOPPED_CODES: ReadonlySet<number> = new Set([129, 130, 143]);

export type JobRequest = {
  /** Of the command line: `['train', 'nca-tiny', '--out', 'runs/a']`. */
  readonly args: readonly string[];
  readonly directory: string;
  /** The folder as people know it. */
  readonly place: string;
};

type Job = JobRequest & {
  readonly number: number;
  state: JobState;
  words: string;
  child: ChildProcess | null;
  /** It was asked to stop; its folder may say that it has stopped before its process has ended. */
  isStopping: boolean;
};

export type JobQueueOptions = {
  /** Commands that run at a time. */
  readonly atOnce?: number;
  /** The file of the command line. */
  readonly program?: string;
};

export class JobQueue {
  readonly #jobs: Job[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #atOnce: number;
  readonly #program: string;
  #count = 0;
  #isClosed = false;

  constructor({ atOnce = 1, program }: JobQueueOptions = {}) {
    this.#atOnce = atOnce;
    this.#program = program ?? fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
  }

  /** The commands, the newest first. */
  list(): JobFacts[] {
    return this.#jobs
      .map(({ number, args, place, state, words }) => ({
        number,
        place,
        state,
        command: `primordia ${args.join(' ')}`,
        message: words.trim() === '' ? null : words.trim(),
      }))
      .reverse();
  }

  /** @throws UserError where too many wait, or the folder has one already */
  add(request: JobRequest): JobFacts {
    const waiting = this.#jobs.filter(({ state }) => state === 'queued').length;
    if (waiting >= MOST_QUEUED) {
      throw new UserError(`${waiting} runs are waiting already`, { hint: 'remove some of them' });
    }
    const isBusy = ({ state, directory, isStopping }: Job) =>
      (state === 'queued' || (state === 'running' && !isStopping)) &&
      directory === request.directory;
    if (this.#jobs.some(isBusy)) {
      throw new UserError(`${request.place} is queued or running already`, {
        hint: 'wait for it, or choose another name',
      });
    }
    this.#jobs.push({
      ...request,
      number: ++this.#count,
      state: 'queued',
      words: '',
      child: null,
      isStopping: false,
    });
    this.#advance();
    return this.list()[0]!;
  }

  /** What runs in a folder was asked to stop: another command for the folder may wait for its end. */
  noteStop(directory: string): void {
    for (const job of this.#jobs) {
      if (job.state === 'running' && job.directory === directory) job.isStopping = true;
    }
  }

  /** Takes a command out that waits, or is over. @returns whether there is one */
  remove(number: number): boolean {
    const i = this.#jobs.findIndex((job) => job.number === number && job.state !== 'running');
    if (i < 0) return false;
    this.#jobs.splice(i, 1);
    this.#tell();
    return true;
  }

  /** @returns what ends it */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops what runs, which can be resumed, and waits for it; nothing begins any more. @returns the places of what was stopped */
  async close(): Promise<string[]> {
    this.#isClosed = true;
    this.#listeners.clear();
    const running = this.#jobs.filter(({ child }) => child !== null);
    await Promise.all(
      running.map(
        ({ child }) =>
          new Promise<void>((resolve) => {
            // Its state is set by then. Who else holds its standard error open is not waited for.
            child!.once('close', () => resolve());
            const leave = () => child!.stderr?.destroy();
            if (child!.exitCode !== null || child!.signalCode !== null) return leave();
            child!.once('exit', leave);
            child!.kill('SIGTERM');
          }),
      ),
    );
    return running.map(({ place }) => place);
  }

  #advance(): void {
    const isFull = () =>
      this.#jobs.filter(({ state }) => state === 'running').length >= this.#atOnce;
    while (!this.#isClosed && !isFull()) {
      const taken = new Set(this.#jobs.filter((job) => job.child).map((job) => job.directory));
      const next = this.#jobs.find(
        ({ state, directory }) => state === 'queued' && !taken.has(directory),
      );
      if (!next) break;
      this.#begin(next);
    }
    this.#tell();
  }

  #begin(job: Job): void {
    job.state = 'running';
    const child = spawn(process.execPath, [this.#program, ...job.args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    job.child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      job.words = (job.words + text).slice(-MOST_WORDS);
    });
    const end = (state: JobState) => {
      if (job.child === null) return;
      job.child = null;
      job.state = state;
      this.#forget();
      this.#advance();
    };
    child.once('error', (error) => {
      job.words = error.message;
      end('failed');
    });
    child.once('close', (code, signal) => {
      const isStopped = signal !== null || STOPPED_CODES.has(code ?? -1);
      end(code === 0 ? 'finished' : isStopped ? 'stopped' : 'failed');
    });
  }

  #forget(): void {
    const ended = this.#jobs.filter(({ state }) => state !== 'queued' && state !== 'running');
    for (const job of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) {
      this.#jobs.splice(this.#jobs.indexOf(job), 1);
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
