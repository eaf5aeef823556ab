// The other side of `LimitedWorker`: in its thread, or in its process.

import { readlinkSync } from 'node:fs';
import { Worker, workerData } from 'node:worker_threads';
import { UserError } from '../core/index.ts';
import type { CallReply, LimitedWorkerData } from './limited-worker.ts';

type Channel = {
  readonly send: (reply: CallReply) => void;
  readonly onRequest: (listener: (request: unknown) => void) => void;
  /** Whether requests to come keep this process alive. */
  readonly keepAlive: (keep: boolean) => void;
};

/** Answers calls with what `handle` returns, one after the other. Its errors become the caller's. */
export function serveCalls<Request>(handle: (request: Request) => unknown): void {
  const inThread = workerData !== null;
  const channel = inThread ? threadChannel(workerData as LimitedWorkerData) : processChannel();
  let isAnswering = false;
  const reply = (message: CallReply): void => {
    if (!isAnswering) return;
    isAnswering = false;
    channel.keepAlive(true);
    try {
      channel.send(message);
    } catch (error) {
      channel.send({ error: describe(error) });
    }
  };
  channel.onRequest(async (request) => {
    isAnswering = true;
    // A call that waits for what nothing will bring ends the process, which the caller hears of.
    channel.keepAlive(false);
    try {
      reply({ value: await handle(request as Request) });
    } catch (error) {
      reply({ error: describe(error) });
    }
  });
  // Libraries leave promises behind when they fail; their call has an error of its own.
  process.on('unhandledRejection', () => {});
  if (!inThread) process.on('uncaughtException', (error) => reply({ error: describe(error) }));
  isAnswering = true;
  reply({ value: inThread ? ownTask() : String(process.pid) });
}

function threadChannel({ port, signal }: LimitedWorkerData): Channel {
  return {
    send: (reply) => {
      port.postMessage(reply);
      Atomics.store(signal, 0, 1);
      Atomics.notify(signal, 0);
    },
    onRequest: (listener) => port.on('message', listener),
    keepAlive: () => {},
  };
}

function processChannel(): Channel {
  endWithParent();
  return {
    send: (reply) => void process.send!(reply),
    onRequest: (listener) => process.on('message', listener),
    keepAlive: (keep) => (keep ? process.channel?.ref() : process.channel?.unref()),
  };
}

/** Between two looks at whether the parent is still there. */
const ORPHAN_POLL_MS = 500;

/** An endless call must not outlive a parent that was killed: only another thread can see it. */
function endWithParent(): void {
  process.on('disconnect', () => process.exit());
  // They are the parent's, which ends this process when it is done.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});
  const watch = `const parent = ${process.ppid};
    setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), ${ORPHAN_POLL_MS});`;
  new Worker(watch, { eval: true, execArgv: [] }).unref();
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
