// The thread's side of `LimitedWorker`.

import { readlinkSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import type { CallReply, LimitedWorkerData } from './limited-worker.ts';

/**
 * Answers calls with what `handle` returns, one after the other. Its errors become the caller's.
 *
 * @param data the thread's `workerData`
 */
export function serveCalls(
  { port, signal }: LimitedWorkerData,
  handle: (request: never) => unknown,
): void {
  const send = (reply: CallReply) => {
    port.postMessage(reply);
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  };
  const answer = async (request: unknown): Promise<void> => {
    try {
      send({ value: await handle(request as never) });
    } catch (error) {
      send({ error: describe(error) });
    }
  };
  // Libraries leave promises behind when they fail; their call has an error of its own.
  process.on('unhandledRejection', () => {});
  port.on('message', (request) => void answer(request));
  send({ value: ownTask() });
}

/** The name of this thread below /proc (Linux), by which its processor time can be read; null elsewhere. */
function ownTask(): string | null {
  try {
    return readlinkSync('/proc/thread-self');
  } catch {
    return null;
  }
}

/** Anything can be thrown. */
function describe(error: unknown): { message: string; hint?: string } {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof UserError && error.hint !== undefined
    ? { message, hint: error.hint }
    : { message };
}
