// A backend's worker thread, as seen from the thread that asks it.

import { type MessagePort, Worker } from 'node:worker_threads';
import { DeviceError } from '../../device-error.ts';

/** What goes to the worker. The request `close` ends it, without a reply. */
type Asked<Request> = {
  readonly id: number;
  readonly request: Request | { readonly kind: 'close' };
};
/** With a hint, an error is one that users can do something about. */
type Failure = { readonly error: string; readonly hint?: string };
type Answered<Answer> = { readonly id: number } & (Answer | Failure);

type Pending<Answer> = { resolve: (answer: Answer) => void; reject: (error: Error) => void };

export class WorkerClient<Request, Answer extends object, Data extends object> {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending<Answer>>();
  private readonly closing = new Int32Array(new SharedArrayBuffer(4));
  /** Resolves when the thread has ended, or is given up. */
  private readonly ended: Promise<void>;
  private resolveEnded = () => {};
  private nextId = 1;
  private failure: Error | undefined;
  private isAbandoned = false;

  /**
   * @param data what the worker is started with; `closing` comes to it, an array whose one element becomes 1 at the end
   * @param transferList what of the data is handed over: ports
   */
  constructor(url: URL, data: Data, transferList: readonly MessagePort[] = []) {
    // Flags such as --input-type are meant for the program that opens the device, not for the worker.
    const workerData = { ...data, closing: this.closing };
    this.worker = new Worker(url, {
      execArgv: [],
      workerData,
      transferList: [...transferList],
    });
    this.worker.unref();
    this.worker.on('message', (reply: Answered<Answer>) => this.settle(reply));
    this.worker.on('error', (error) => this.fail(error));
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    this.worker.on('exit', () => {
      this.fail(this.isClosing() ? new Error('the device is closed') : threadEnded());
      this.resolveEnded();
    });
  }

  /** @param transfer buffers to hand over instead of copying them */
  ask(request: Request, transfer: readonly ArrayBufferLike[] = []): Promise<Answer> {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      // Nothing is pending where this throws.
      this.worker.postMessage({ id, request } satisfies Asked<Request>, transfer as ArrayBuffer[]);
      this.pending.set(id, { resolve, reject });
      // The process stays alive for a request under way, not for an idle device.
      this.worker.ref();
    });
  }

  /**
   * Ends the thread. Requests that wait are rejected at once; resolves when the one under way is done, since a thread that
   * is terminated inside of native code takes the process with it, or when the thread is given up.
   */
  async close(): Promise<void> {
    if (this.isAbandoned) return;
    this.fail(new Error('the device is closed'));
    if (Atomics.exchange(this.closing, 0, 1) === 0) {
      const farewell: Asked<Request> = { id: 0, request: { kind: 'close' } };
      this.worker.postMessage(farewell);
    }
    this.worker.ref();
    await this.ended;
  }

  /** Gives up on a thread that may wait for ever: nothing waits for it any more, and all requests are rejected. */
  abandon(error: Error): void {
    this.isAbandoned = true;
    this.fail(error);
    // Without the thread, nothing may be left that keeps the process alive: whoever waits for `close` would never go on.
    this.resolveEnded();
    this.worker.unref();
  }

  private isClosing(): boolean {
    return Atomics.load(this.closing, 0) === 1;
  }

  private settle(reply: Answered<Answer>): void {
    const pending = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    // A late reply of a device that closes must not let the process end before the thread has.
    if (this.pending.size === 0 && !this.isClosing()) this.worker.unref();
    if (!pending) return;
    if ('error' in reply) pending.reject(toError(reply));
    else pending.resolve(reply);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.pending.values()) reject(this.failure);
    this.pending.clear();
  }
}

function toError({ error, hint }: Failure): Error {
  return hint === undefined ? new Error(error) : new DeviceError(error, { hint });
}

function threadEnded(): DeviceError {
  return new DeviceError('the thread that computes has ended', {
    hint: 'primordia devices says whether the device still works',
  });
}
