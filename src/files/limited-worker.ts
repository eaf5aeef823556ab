// Calls into a thread of their own, under limits of time and memory: for what a file from outside can make endless.

import { readFileSync } from 'node:fs';
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import { UserError } from '../core/index.ts';

/** What a thread that `serveCalls` serves is given. */
export type LimitedWorkerData = { readonly port: MessagePort; readonly signal: Int32Array };

/** What a call ends with, as it passes between threads. */
export type CallReply =
  | { readonly value: unknown }
  | { readonly error: { readonly message: string; readonly hint?: string } };

export type LimitedWorkerOptions = {
  /** Heap of the thread: 512 MiB by default. */
  readonly heapMebibytes?: number;
  /** A thread that is not called for so long ends, and what is in it is lost. By default it stays. */
  readonly idleMs?: number;
};

export type CallLimits = {
  /** What is done, for the error: "decoding the row group". */
  readonly what: string;
  /** Processor time, so that a busy machine does not refuse what an idle one reads; 4 seconds by default. */
  readonly timeoutMs?: number;
};

const DEFAULT_HEAP_MEBIBYTES = 512;
const DEFAULT_TIMEOUT_MS = 4000;
/** Loading our own modules. */
const STARTUP_TIMEOUT_MS = 30_000;
const POLL_MS = 50;
/** A gap between two looks that is longer is no waiting: the process was stopped, or the machine asleep. */
const LONGEST_POLL_MS = 1000;
/** A thread that sleeps for so long, using less than this share of a processor, waits for what does not come. */
const IDLE_MS = 5000;
const IDLE_SHARE = 0.02;
/** Time that passes while a busy machine gives a second of processor time. */
const BUSY_FACTOR = 20;

/**
 * A thread that answers calls one at a time, while the caller waits. The script serves them with `serveCalls`.
 * It starts at the first call and does not keep the process alive. A call that exceeds a limit ends the thread; the next
 * one starts another.
 */
export class LimitedWorker {
  private readonly script: URL;
  private readonly heapMebibytes: number;
  private readonly idleMs: number | undefined;
  private idle: NodeJS.Timeout | undefined;
  private thread: Thread | null = null;

  /** @param script plain JavaScript, even where the program runs from sources */
  constructor(script: URL, options: LimitedWorkerOptions = {}) {
    this.script = script;
    this.heapMebibytes = options.heapMebibytes ?? DEFAULT_HEAP_MEBIBYTES;
    this.idleMs = options.idleMs;
  }

  /** Whether a thread is there, with what earlier calls left in it. */
  get isRunning(): boolean {
    return this.thread !== null;
  }

  /**
   * What the thread answers to `request`, both structured-cloneable.
   *
   * @throws UserError with the thread's error, or saying which limits were exceeded
   */
  call(request: unknown, { what, timeoutMs = DEFAULT_TIMEOUT_MS }: CallLimits): unknown {
    if (this.thread === null) this.start(what);
    this.thread!.port.postMessage(request);
    const reply = this.waitForReply(what, timeoutMs);
    this.endWhenIdle();
    if ('value' in reply) return reply.value;
    const { message, hint } = reply.error;
    throw new UserError(message, hint === undefined ? {} : { hint });
  }

  /** Ends the thread. */
  close(): void {
    clearTimeout(this.idle);
    this.idle = undefined;
    void this.thread?.worker.terminate();
    this.thread?.port.close();
    this.thread = null;
  }

  private start(what: string): void {
    const { port1: port, port2 } = new MessageChannel();
    const signal = new Int32Array(new SharedArrayBuffer(4));
    const workerData: LimitedWorkerData = { port: port2, signal };
    const worker = new Worker(this.script, {
      workerData,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: this.heapMebibytes },
      // Flags such as --input-type are meant for the program, not for its threads.
      execArgv: [],
    });
    // The caller hears of a death by a reply that does not come.
    worker.on('error', () => {});
    worker.unref();
    port.unref();
    this.thread = { worker, port, signal, task: null };
    const ready = this.waitForReply(`starting a thread for ${what}`, STARTUP_TIMEOUT_MS);
    this.thread.task = (ready as { value: string | null }).value;
  }

  private endWhenIdle(): void {
    if (this.idleMs === undefined || this.thread === null) return;
    this.idle ??= setTimeout(() => this.close(), this.idleMs).unref();
    this.idle.refresh();
  }

  private waitForReply(what: string, timeoutMs: number): CallReply {
    const { port, signal, task } = this.thread!;
    const before = lookAt(task);
    let last = performance.now();
    let waited = 0;
    let window = { waited: 0, used: 0, asleep: true };
    while (Atomics.wait(signal, 0, 0, POLL_MS) === 'timed-out') {
      const now = performance.now();
      waited += Math.min(now - last, LONGEST_POLL_MS);
      last = now;
      const look = lookAt(task);
      const used = (look?.usedMs ?? 0) - (before?.usedMs ?? 0);
      if (!look?.asleep) window.asleep = false;
      const windowMs = waited - window.waited;
      const windowEnded = windowMs >= IDLE_MS;
      const isIdle = windowEnded && window.asleep && used - window.used < IDLE_SHARE * windowMs;
      if (windowEnded) window = { waited, used, asleep: true };
      // Processor time of a whole process is other threads', too: then as much time must have passed.
      const isOver = used >= timeoutMs && (task !== null || waited >= timeoutMs);
      const isGone = look === null;
      if (!isOver && !isIdle && !isGone && waited < BUSY_FACTOR * timeoutMs) continue;
      this.close();
      const seconds = Math.round(timeoutMs / 100) / 10;
      // While it waits, this thread cannot hear that the other one has run out of memory.
      throw new UserError(
        `${what} takes more than ${seconds} seconds or ${this.heapMebibytes} MiB of memory`,
      );
    }
    Atomics.store(signal, 0, 0);
    return receiveMessageOnPort(port)!.message as CallReply;
  }
}

type Thread = {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly signal: Int32Array;
  /** Its name below /proc, where there is one. */
  task: string | null;
};

const MS_PER_TICK = 10;

/**
 * Processor time of a thread, and whether it sleeps; null when it is gone. Where threads cannot be looked at, those of the
 * process, of which the thread that asks is waiting.
 */
function lookAt(task: string | null): { readonly usedMs: number; readonly asleep: boolean } | null {
  if (task === null) {
    const { user, system } = process.cpuUsage();
    return { usedMs: (user + system) / 1000, asleep: true };
  }
  try {
    const stat = readFileSync(`/proc/${task}/stat`, 'utf8');
    // proc(5): after the name in parentheses come the state, and as 14th and 15th field user and system time in ticks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { usedMs: ticks * MS_PER_TICK, asleep: fields[0] === 'S' };
  } catch {
    return null;
  }
}
