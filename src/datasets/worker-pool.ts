// Threads that make blocks of sequences; the blocks come in order, and only a few per thread are ever waiting.

import { Worker } from 'node:worker_threads';
import { UserError } from '../core/index.ts';
import type { DatasetFormat, EncodedBlock, SequenceLayout } from './formats/codec.ts';
import type { SequenceCounts, SequenceSource } from './nca-sequences.ts';
import type { SequenceRange } from './shard-plan.ts';

/** What a worker must know. Plain data. */
export type WorkerSetup = {
  readonly source: SequenceSource;
  readonly format: DatasetFormat;
  readonly layout: SequenceLayout;
};

export type WorkerReply =
  | { readonly first: number; readonly block: EncodedBlock; readonly counts: SequenceCounts }
  | {
      readonly first: number;
      /** With a hint, which may be empty, the error is for the user. */
      readonly error: { readonly message: string; readonly stack: string; readonly hint?: string };
    };

/** A block with the sequences it holds and the simulations that were drawn for them. */
export type MadeBlock = SequenceRange & {
  readonly block: EncodedBlock;
  readonly counts: SequenceCounts;
};

/** Blocks that wait at a thread, the one under way included: it need not wait for the main thread then. */
const QUEUED_BLOCKS = 2;
/** Blocks a thread that may wait for an earlier one. */
const WAITING_BLOCKS = 2;

/** @throws UserError unless it is a whole number from 1 to 1024 */
export function checkWorkers(workers: number): void {
  if (Number.isSafeInteger(workers) && workers >= 1 && workers <= 1024) return;
  throw new UserError(`workers: ${workers} is not a whole number from 1 to 1024`);
}

/** Workers are plain JavaScript: from sources, the built one is used. */
function workerUrl(): URL {
  const built = '../../dist/datasets/worker.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './worker.js', import.meta.url);
}

/**
 * The blocks of `ranges`, in order, made by `workers` threads. The threads end when the loop over them does, however
 * it ends.
 *
 * @throws what a worker throws; the signal's reason when it fires
 */
export async function* makeBlocks(
  setup: WorkerSetup,
  ranges: readonly SequenceRange[],
  workers: number,
  signal?: AbortSignal,
): AsyncGenerator<MadeBlock, void, undefined> {
  const count = Math.min(workers, ranges.length);
  // Flags such as --input-type are meant for the program, not for its workers.
  const threads = Array.from(
    { length: count },
    () => new Worker(workerUrl(), { workerData: setup, execArgv: [] }),
  );
  const done = new Map<number, MadeBlock>();
  let failure: Error | undefined;
  let wake = () => {};
  let next = 0;
  let yielded = 0;
  const queued = new Map(threads.map((thread) => [thread, 0]));
  const dispatch = () => {
    for (let round = 0; round < QUEUED_BLOCKS; round++) {
      for (const [thread, length] of queued) {
        if (length > round) continue;
        const ahead = next - yielded;
        if (next >= ranges.length || ahead >= count * (QUEUED_BLOCKS + WAITING_BLOCKS)) return;
        queued.set(thread, length + 1);
        thread.postMessage(ranges[next]!);
        next++;
      }
    }
  };
  const fail = (error: Error) => {
    failure ??= error;
    wake();
  };
  const positions = new Map(ranges.map(({ first }, i) => [first, i]));
  for (const thread of threads) {
    thread.on('message', (reply: WorkerReply) => {
      if ('error' in reply) return fail(toError(reply.error));
      const position = positions.get(reply.first)!;
      done.set(position, { ...ranges[position]!, block: reply.block, counts: reply.counts });
      queued.set(thread, queued.get(thread)! - 1);
      dispatch();
      wake();
    });
    thread.on('error', fail);
    thread.on('exit', () => fail(new Error('a worker thread ended before its work was done')));
  }
  const stop = () => fail(signal!.reason as Error);
  signal?.addEventListener('abort', stop);
  try {
    signal?.throwIfAborted();
    dispatch();
    while (yielded < ranges.length) {
      if (failure) throw failure;
      const block = done.get(yielded);
      if (block) {
        done.delete(yielded);
        yielded++;
        dispatch();
        yield block;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

function toError({ message, stack, hint }: { message: string; stack: string; hint?: string }) {
  if (hint !== undefined) return new UserError(message, hint === '' ? {} : { hint });
  const error = new Error(message);
  error.stack = stack;
  return error;
}
