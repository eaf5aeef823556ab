// Calls into a thread of their own, under limits of time and memory: for what a file from outside can make endless.

import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type Transferable,
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
/**
 * A thread that uses less than this share of a processor for so long has run out of memory, or waits for what does not
 * come.
 */
const IDLE_MS = 2000;
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
  private thread: { worker: Worker; port: MessagePort; signal: Int32Array } | null = null;

  /** @param script plain JavaScript, even where the program runs from sources */
  constructor(script: URL, { heapMebibytes = DEFAULT_HEAP_MEBIBYTES }: LimitedWorkerOptions = {}) {
    this.script = script;
    this.heapMebibytes = heapMebibytes;
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
  call(request: unknown, limits: CallLimits, transfer: readonly Transferable[] = []): unknown {
    const { what, timeoutMs = DEFAULT_TIMEOUT_MS } = limits;
    if (this.thread === null) this.start(what);
    this.thread!.port.postMessage(request, transfer);
    const reply = this.waitForReply(what, timeoutMs);
    if ('value' in reply) return reply.value;
    const { message, hint } = reply.error;
    throw new UserError(message, hint === undefined ? {} : { hint });
  }

  /** Ends the thread. */
  close(): void {
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
    this.thread = { worker, port, signal };
    this.waitForReply(`starting a thread for ${what}`, STARTUP_TIMEOUT_MS);
  }

  private waitForReply(what: string, timeoutMs: number): CallReply {
    const { port, signal } = this.thread!;
    const begun = performance.now();
    const usedBefore = processorMs();
    let window = { begun, used: 0 };
    while (Atomics.wait(signal, 0, 0, POLL_MS) === 'timed-out') {
      const time = performance.now();
      const used = processorMs() - usedBefore;
      const windowEnded = time - window.begun >= IDLE_MS;
      const isIdle = windowEnded && used - window.used < IDLE_SHARE * (time - window.begun);
      if (windowEnded) window = { begun: time, used };
      const isOver = used >= timeoutMs || time - begun >= BUSY_FACTOR * timeoutMs;
      if (!isOver && !isIdle) continue;
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

/** Processor time of this process, its threads included. The thread that asks is waiting meanwhile. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
