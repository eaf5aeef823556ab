// Threads that play battles. Results come in the order of the jobs and do not depend on how many threads there are.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { UserError } from '../core/index.ts';
import type { BattleJob, BattleResult } from '../corewar/index.ts';
import { createInterner, type Interner } from './intern-warriors.ts';
import type { BatchReply } from './worker-messages.ts';

export type RunOptions = {
  /** Ends the run: what is under way is dropped, and `run` throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
  /** Results as they come, from job number `first`; batches come in any order. */
  readonly onResults?: (first: number, results: readonly BattleResult[]) => void;
};

export type BattlePool = {
  readonly workers: number;
  /**
   * Plays jobs; several runs may be under way at once. Warriors and settings are recognized as objects: who uses the
   * same ones again has them sent once.
   *
   * @throws what a battle throws; the signal's reason; an Error when a thread dies
   */
  run(jobs: readonly BattleJob[], options?: RunOptions): Promise<BattleResult[]>;
  /** Ends the threads; runs under way fail. */
  close(): Promise<void>;
};

/** Batches per thread into which a run is cut, so that threads finish together. */
const BATCHES_PER_WORKER = 4;
const MAX_BATCH = 64;
/** Rounds of a batch, at most, unless it is a single job: results come when all of it is played. */
const MAX_BATCH_ROUNDS = 2000;
/** Batches that wait at a thread, the one under way included: it need not wait for the main thread then. */
const QUEUED_BATCHES = 2;

type Run = {
  readonly jobs: readonly BattleJob[];
  readonly results: BattleResult[];
  readonly options: RunOptions;
  done: number;
  readonly resolve: (results: BattleResult[]) => void;
  readonly reject: (error: unknown) => void;
};
type Batch = { readonly run: Run; readonly first: number; readonly count: number };
type Thread = {
  readonly worker: Worker;
  readonly batches: Map<number, Batch>;
  readonly interner: Interner;
};

/** Workers are plain JavaScript: from sources, the built one is used. */
function workerUrl(): URL {
  const built = '../../dist/arena/worker.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './worker.js', import.meta.url);
}

/** A pool of `workers` threads, usually one per core. They start with the first run and do not keep a process alive. */
export function createBattlePool(options: { workers?: number; script?: URL } = {}): BattlePool {
  const workers = options.workers ?? availableParallelism();
  if (!Number.isSafeInteger(workers) || workers < 1) {
    throw new UserError(`a pool of ${workers} workers cannot be made`, { hint: 'give 1 or more' });
  }
  const threads = new Set<Thread>();
  const runs = new Set<Run>();
  let waiting: Batch[] = [];
  let nextBatch = 0;
  let isClosed = false;

  const startThread = (): Thread => {
    // Flags such as --input-type are meant for the program, not for its workers.
    const worker = new Worker(options.script ?? workerUrl(), { execArgv: [] });
    const thread: Thread = { worker, batches: new Map(), interner: createInterner() };
    threads.add(thread);
    worker.unref();
    worker.on('message', (reply: BatchReply) => receive(thread, reply));
    worker.on('error', (error) => lose(thread, error));
    worker.on('exit', () =>
      lose(thread, new Error('a worker thread ended before its work was done')),
    );
    return thread;
  };
  const dispatch = () => {
    for (let round = 0; round < QUEUED_BATCHES; round++) {
      while (waiting.length > 0) {
        const thread =
          [...threads].find(({ batches }) => batches.size <= round) ??
          (threads.size < workers ? startThread() : undefined);
        if (!thread) break;
        send(thread, waiting.shift()!);
      }
    }
  };
  const send = (thread: Thread, batch: Batch) => {
    const id = nextBatch++;
    const jobs = batch.run.jobs.slice(batch.first, batch.first + batch.count);
    if (thread.batches.size === 0) thread.worker.ref();
    thread.batches.set(id, batch);
    try {
      thread.worker.postMessage({ batch: id, ...thread.interner.pack(jobs) });
    } catch (error) {
      // What cannot be sent is the caller's fault; the thread may have missed what it now counts as known.
      lose(thread, error);
    }
  };
  const receive = (thread: Thread, reply: BatchReply) => {
    const batch = thread.batches.get(reply.batch);
    if (!batch) return;
    thread.batches.delete(reply.batch);
    if (thread.batches.size === 0) thread.worker.unref();
    if ('error' in reply) end(batch.run, toError(reply.error));
    else if (runs.has(batch.run)) accept(batch, reply.results);
    dispatch();
  };
  const accept = ({ run, first }: Batch, results: readonly BattleResult[]) => {
    results.forEach((result, i) => {
      run.results[first + i] = result;
    });
    run.done += results.length;
    try {
      run.options.onResults?.(first, results);
      run.options.onProgress?.(run.done, run.jobs.length);
    } catch (error) {
      return end(run, error);
    }
    if (run.done === run.jobs.length) end(run);
  };
  /** Settles a run; with an error, what it has under way is dropped. */
  const end = (run: Run, ...failure: [error?: unknown]) => {
    if (!runs.delete(run)) return;
    if (failure.length === 0) return run.resolve(run.results);
    waiting = waiting.filter((batch) => batch.run !== run);
    run.reject(failure[0]);
    for (const thread of threads) {
      const held = [...thread.batches.values()];
      if (!held.some((batch) => batch.run === run)) continue;
      // A battle cannot be interrupted: its thread ends, and what else it had goes to another.
      threads.delete(thread);
      void thread.worker.terminate();
      waiting.unshift(...held.filter((batch) => runs.has(batch.run)));
    }
    dispatch();
  };
  const lose = (thread: Thread, error: unknown) => {
    if (!threads.delete(thread)) return;
    void thread.worker.terminate();
    for (const { run } of thread.batches.values()) end(run, error);
    dispatch();
  };

  const run = (jobs: readonly BattleJob[], runOptions: RunOptions = {}) => {
    const { signal } = runOptions;
    if (isClosed) return Promise.reject(new Error('the pool is closed'));
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (jobs.length === 0) return Promise.resolve([]);
    let stop = () => {};
    const promise = new Promise<BattleResult[]>((resolve, reject) => {
      const started: Run = { jobs, results: [], options: runOptions, done: 0, resolve, reject };
      runs.add(started);
      stop = () => end(started, signal!.reason);
      signal?.addEventListener('abort', stop);
      const size = Math.ceil(jobs.length / (workers * BATCHES_PER_WORKER));
      const most = Math.min(MAX_BATCH, size);
      for (let first = 0; first < jobs.length; ) {
        const count = countBatch(jobs, first, most);
        waiting.push({ run: started, first, count });
        first += count;
      }
      dispatch();
    });
    return promise.finally(() => signal?.removeEventListener('abort', stop));
  };
  const close = async () => {
    isClosed = true;
    const ended = [...threads].map(({ worker }) => worker.terminate());
    threads.clear();
    for (const left of [...runs]) end(left, new Error('the pool was closed'));
    await Promise.all(ended);
  };
  return { workers, run, close };
}

/** Jobs from `first` on that make a batch, up to `most`. */
function countBatch(jobs: readonly BattleJob[], first: number, most: number): number {
  const end = Math.min(jobs.length, first + most);
  let rounds = jobs[first]!.rounds;
  let next = first + 1;
  while (next < end && rounds + jobs[next]!.rounds <= MAX_BATCH_ROUNDS) {
    rounds += jobs[next++]!.rounds;
  }
  return next - first;
}

function toError({ message, stack, hint }: { message: string; stack: string; hint?: string }) {
  if (hint !== undefined) return new UserError(message, hint === '' ? {} : { hint });
  const error = new Error(message);
  error.stack = stack;
  return error;
}
