// Calls into a thread or process of their own, under limits of time and memory: for what a file from outside can make
// endless.

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

/** What the thread is given that speaks with a process. */
export type LimitedRelayData = LimitedWorkerData & {
  /** URL of the process's script. */
  readonly script: string;
  readonly heapMebibytes: number;
};

/** What a call ends with, as it passes between threads. */
export type CallReply =
  | { readonly value: unknown }
  | { readonly error: { readonly message: string; readonly hint?: string } }
  /** The process ended in the middle of a call. */
  | { readonly ended: 'memory' | 'exit' };

type LimitedWorkerOptions = {
  /**
   * 'thread' by default. V8 ends the whole process where a table or a list of a thread cannot grow any more, so that
   * code whose memory a file decides needs a process of its own.
   */
  readonly isolation?: 'thread' | 'process';
  /** Heap of the thread or process: 512 MiB by default. */
  readonly heapMebibytes?: number;
  /** A thread that is not called for so long ends, and what is in it is lost. By default it stays. */
  readonly idleMs?: number;
  /** A call that sleeps for so long waits for what does not come, and is ended: 5 seconds by default. */
  readonly longestSleepMs?: number;
};

export type CallLimits = {
  /** What is done, for the error: "decoding the row group". */
  readonly what: string;
  /** Processor time, so that a busy machine does not refuse what an idle one reads; 4 seconds by default. */
  readonly timeoutMs?: number;
};

/** A call that exceeded a limit; in a thread, memory and time cannot always be told apart. */
export class LimitExceeded extends UserError {
  readonly limit: 'time' | 'memory' | 'exit' | 'time or memory';

  constructor(limit: LimitExceeded['limit'], message: string) {
    super(message);
    this.limit = limit;
  }
}

const DEFAULT_HEAP_MEBIBYTES = 512;
const DEFAULT_TIMEOUT_MS = 4000;
/** Loading our own modules. */
const STARTUP_TIMEOUT_MS = 30_000;
const POLL_MS = 50;
/** A gap between two looks that is longer does not count as waiting: the process was stopped, or the machine asleep. */
const LONGEST_POLL_MS = 1000;
/** What a process may take beside its heap, in buffers and for itself. */
const OUTSIDE_HEAP_MEBIBYTES = 1024;
const LONGEST_SLEEP_MS = 5000;
/** What sleeps uses less than this share of a processor. */
const IDLE_SHARE = 0.02;
/** Time that passes while a busy machine gives a second of processor time. */
const BUSY_FACTOR = 20;

/**
 * A thread or process that answers calls one at a time, while the caller waits. The script serves them with `serveCalls`.
 * It starts at the first call and does not keep the caller's process alive. A call that exceeds a limit ends it; the
 * next call starts another.
 */
export class LimitedWorker {
  private readonly script: URL;
  private readonly isolation: 'thread' | 'process';
  private readonly heapMebibytes: number;
  private readonly idleMs: number | undefined;
  private readonly longestSleepMs: number;
  private idle: NodeJS.Timeout | undefined;
  private thread: Thread | null = null;

  /** @param script plain JavaScript, even where the program runs from sources */
  constructor(script: URL, options: LimitedWorkerOptions = {}) {
    this.script = script;
    this.isolation = options.isolation ?? 'thread';
    this.heapMebibytes = options.heapMebibytes ?? DEFAULT_HEAP_MEBIBYTES;
    this.idleMs = options.idleMs;
    this.longestSleepMs = options.longestSleepMs ?? LONGEST_SLEEP_MS;
  }

  /** Whether a thread is there, with what earlier calls left in it. */
  get isRunning(): boolean {
    this.forgetDead();
    return this.thread !== null;
  }

  /**
   * What the thread answers to `request`, both structured-cloneable.
   *
   * @throws UserError with the thread's error; LimitExceeded
   */
  call(request: unknown, { what, timeoutMs = DEFAULT_TIMEOUT_MS }: CallLimits): unknown {
    this.forgetDead();
    if (this.thread === null) this.start(what);
    this.thread!.port.postMessage(request);
    const reply = this.waitForReply(what, timeoutMs, this.longestSleepMs);
    this.endWhenIdle();
    if ('value' in reply) return reply.value;
    if ('ended' in reply) throw this.explainEnd(what, reply.ended);
    const { message, hint } = reply.error;
    throw new UserError(message, hint === undefined ? {} : { hint });
  }

  /** Ends the thread. */
  close(): void {
    clearTimeout(this.idle);
    this.idle = undefined;
    if (this.thread === null) return;
    const { worker, port, task } = this.thread;
    // A relay ends by itself after its process, for whose end it must wait: nobody else would.
    if (this.isolation === 'process' && task !== null) endProcess(task);
    else void worker.terminate();
    port.close();
    this.thread = null;
  }

  private start(what: string): void {
    const { port1: port, port2 } = new MessageChannel();
    const signal = new Int32Array(new SharedArrayBuffer(4));
    const { script, heapMebibytes } = this;
    const common = {
      transferList: [port2],
      // Flags such as --input-type are meant for the program, not for its threads.
      execArgv: [],
    };
    const relayData: LimitedRelayData = { port: port2, signal, script: script.href, heapMebibytes };
    const threadData: LimitedWorkerData = { port: port2, signal };
    const worker =
      this.isolation === 'process'
        ? new Worker(relayUrl(), { ...common, workerData: relayData })
        : new Worker(script, {
            ...common,
            workerData: threadData,
            resourceLimits: { maxOldGenerationSizeMb: heapMebibytes },
          });
    // The caller hears of a death by a reply that does not come.
    worker.on('error', () => {});
    worker.unref();
    port.unref();
    this.thread = { worker, port, signal, task: null };
    const ready = this.waitForReply(
      `starting a ${this.isolation} for ${what}`,
      STARTUP_TIMEOUT_MS,
      LONGEST_SLEEP_MS,
    );
    if ('value' in ready) this.thread.task = ready.value as string | null;
    else {
      this.close();
      const why = 'error' in ready ? ready.error.message : 'it ended at once';
      throw new Error(`the ${this.isolation} for ${what} does not start: ${why}`);
    }
  }

  /** Between calls, the one thing that a relay tells is that the process has ended. */
  private forgetDead(): void {
    if (this.thread === null || Atomics.load(this.thread.signal, 0) === 0) return;
    this.thread.task = null;
    this.close();
  }

  private explainEnd(what: string, ended: 'memory' | 'exit'): LimitExceeded {
    this.thread!.task = null;
    this.close();
    return ended === 'memory'
      ? new LimitExceeded('memory', `${what} takes more than ${this.heapMebibytes} MiB of memory`)
      : new LimitExceeded('exit', `${what} ended without a result`);
  }

  private endWhenIdle(): void {
    if (this.idleMs === undefined || this.thread === null) return;
    this.idle ??= setTimeout(() => this.close(), this.idleMs).unref();
    this.idle.refresh();
  }

  private waitForReply(what: string, timeoutMs: number, longestSleepMs: number): CallReply {
    const { port, signal, task } = this.thread!;
    const isProcess = this.isolation === 'process';
    const before = lookAt(task);
    let last = performance.now();
    let waited = 0;
    let window = { waited: 0, used: 0, asleep: true };
    while (Atomics.load(signal, 0) === 0) {
      // The notification of an earlier reply may come late: only the value says that there is another one.
      if (Atomics.wait(signal, 0, 0, POLL_MS) !== 'timed-out') continue;
      const now = performance.now();
      waited += Math.min(now - last, LONGEST_POLL_MS);
      last = now;
      const look = lookAt(task);
      // A process that cannot be looked at is given as much time as processor time.
      const isHidden = look === null && isProcess;
      const used = isHidden ? waited : (look?.usedMs ?? 0) - (before?.usedMs ?? 0);
      if (!look?.asleep) window.asleep = false;
      const windowMs = waited - window.waited;
      const windowEnded = windowMs >= longestSleepMs;
      const isAsleep = window.asleep && used - window.used < IDLE_SHARE * windowMs;
      // A process that starts is not known yet, and cannot be seen to work.
      const isIdle = windowEnded && isAsleep && !(isProcess && task === null);
      if (windowEnded) window = { waited, used, asleep: true };
      // Processor time of a whole process is other threads', too: then as much time must have passed.
      const isOver = used >= timeoutMs && (task !== null || waited >= timeoutMs);
      // The relay tells of a process that is gone.
      const isGone = look === null && !isProcess;
      const mebibytes = this.heapMebibytes + OUTSIDE_HEAP_MEBIBYTES;
      const isFull = isProcess && (look?.mebibytes ?? 0) > mebibytes;
      const isLate = waited >= BUSY_FACTOR * timeoutMs;
      if (!isOver && !isIdle && !isGone && !isFull && !isLate) continue;
      this.close();
      if (isFull) {
        throw new LimitExceeded('memory', `${what} takes more than ${mebibytes} MiB of memory`);
      }
      const seconds = Math.round(timeoutMs / 100) / 10;
      if (isProcess) {
        throw new LimitExceeded('time', `${what} takes more than ${seconds} seconds`);
      }
      // While it waits, this thread cannot hear that the other one has run out of memory.
      throw new LimitExceeded(
        'time or memory',
        `${what} takes more than ${seconds} seconds or ${this.heapMebibytes} MiB of memory`,
      );
    }
    Atomics.store(signal, 0, 0);
    const received = receiveMessageOnPort(port) as { readonly message: CallReply } | undefined;
    // Word of the end came with the reply before.
    if (received === undefined) return { ended: 'exit' };
    // After a reply there can only be word of the process's end.
    if (receiveMessageOnPort(port) !== undefined) Atomics.store(signal, 0, 1);
    return received.message;
  }
}

type Thread = {
  /** The thread, or the relay of a process. */
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly signal: Int32Array;
  /** The name of the thread below /proc, where there is one; of a process, its number. */
  task: string | null;
};

/** Threads are plain JavaScript: from sources, the built one is used. */
function relayUrl(): URL {
  const built = '../../dist/files/limited-relay.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './limited-relay.js', import.meta.url);
}

function endProcess(pid: string): void {
  try {
    process.kill(Number(pid), 'SIGKILL');
  } catch {
    // It has ended.
  }
}

const MS_PER_TICK = 10;
/** Of nearly all machines; where pages are larger, more memory passes. */
const PAGES_PER_MEBIBYTE = 256;

type Look = {
  readonly usedMs: number;
  readonly asleep: boolean;
  /** Resident memory of the process; 0 where unknown. */
  readonly mebibytes: number;
};

/**
 * Processor time of a thread or process, whether it sleeps, and its memory; null if it is gone. Where threads cannot be
 * looked at, those of the process, of which the thread that asks is waiting.
 */
function lookAt(task: string | null): Look | null {
  if (task === null) {
    const { user, system } = process.cpuUsage();
    return { usedMs: (user + system) / 1000, asleep: true, mebibytes: 0 };
  }
  try {
    const stat = readFileSync(`/proc/${task}/stat`, 'utf8');
    // proc(5): after the name in parentheses come the state, and as 14th and 15th field user and system time in ticks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return {
      usedMs: ticks * MS_PER_TICK,
      asleep: fields[0] === 'S',
      // The 24th field, in pages.
      mebibytes: Number(fields[21]) / PAGES_PER_MEBIBYTE,
    };
  } catch {
    return null;
  }
}
