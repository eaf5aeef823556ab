// The backend on onnxruntime: a worker thread with its sessions and states, since a run blocks the thread that it is on.

import { Worker } from 'node:worker_threads';
import { type ArraySpec, isNdArray, type NdArray } from '../../../../core/index.ts';
import type { Backend, RuntimeInfo, StateHandle } from '../../../backend.ts';
import { encodeModel } from '../encode.ts';
import { type ChunkSizes, DEFAULT_CHUNKS } from '../expansions.ts';
import { lowerProgram } from '../lower-program.ts';
import type { Target } from '../targets.ts';
import type { Envelope, Reply, Request, RuntimeKind, WorkerData } from './protocol.ts';

export type OnnxOptions = {
  readonly target: Target;
  /** Threads that one operation may use. */
  readonly threads: number;
  /** 'wasm' skips the native build of onnxruntime, which is otherwise used if it loads. */
  readonly runtime: RuntimeKind;
  readonly chunks?: ChunkSizes;
};

/** Workers are plain JavaScript, so the sources use the built one. */
function workerUrl(): URL {
  const built = '../../../../../dist/tensor/backends/onnx/session/worker.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './worker.js', import.meta.url);
}

/** Starts the worker thread. */
export function openOnnxBackend({
  target,
  threads,
  runtime,
  chunks = DEFAULT_CHUNKS,
}: OnnxOptions): Backend {
  const client = new WorkerClient({ runtime, threads });
  const stateIds = new WeakMap<StateHandle, number>();
  let nextId = 1;
  return {
    name: target.name,
    threads,
    async runtime() {
      const answer = await client.ask({ kind: 'describe' });
      return (answer as Extract<Answer, { runtime: RuntimeInfo }>).runtime;
    },
    async compile(traced) {
      const lowered = lowerProgram(traced, target, chunks);
      const program = nextId++;
      const bind = ({ name, tensor }: (typeof traced.outputs)[number]) => ({
        name,
        spec: { dtype: tensor.dtype, shape: tensor.shape },
      });
      await client.request({
        kind: 'load',
        program,
        model: encodeModel(lowered),
        options: { executionProviders: target.executionProviders, threads },
        states: traced.states.map(({ reads, writes }) => ({
          reads: reads.map(({ name }, leaf) => ({ input: name, leaf })),
          writes: writes.map(({ name, leaf }) => ({ output: name, leaf })),
        })),
        outputs: traced.outputs.map(bind),
      });
      return {
        run(states, inputs) {
          const values = client.request({
            kind: 'run',
            program,
            states: states.map((state) => stateIds.get(state)!),
            inputs: inputs.map((value, i) => ({ name: traced.inputs[i]!.name, value })),
          });
          // The reader gets the failure; a run that is never read must not end the process.
          values.catch(() => {});
          return { read: () => values };
        },
        facts: { nodes: lowered.nodes.length },
        async close() {
          await client.request({ kind: 'unload', program });
        },
      };
    },
    async createState(leaves, transfer) {
      const state = nextId++;
      const buffers = leaves.flatMap((leaf: ArraySpec | NdArray) =>
        isNdArray(leaf) ? [leaf.data.buffer] : [],
      );
      await client.request(
        { kind: 'createState', state, leaves },
        transfer ? [...new Set(buffers)] : [],
      );
      const handle: StateHandle = {
        read: () => client.request({ kind: 'readState', state }),
        async drop() {
          await client.request({ kind: 'dropState', state });
        },
      };
      stateIds.set(handle, state);
      return handle;
    },
    close: () => client.close(),
  };
}

type Answer = Exclude<Reply, { error: string }>;
type Pending = { resolve: (answer: Answer) => void; reject: (error: Error) => void };

/** The worker thread, as seen from this one. */
class WorkerClient {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private readonly closing = new Int32Array(new SharedArrayBuffer(4));
  /** Resolves when the thread has ended. */
  private readonly ended: Promise<void>;
  private nextId = 1;
  private failure: Error | undefined;

  constructor(options: Omit<WorkerData, 'closing'>) {
    // Flags such as --input-type are meant for the program that opens the device, not for the worker.
    const workerData: WorkerData = { ...options, closing: this.closing };
    this.worker = new Worker(workerUrl(), { execArgv: [], workerData });
    this.worker.unref();
    this.worker.on('message', (reply: Reply) => this.settle(reply));
    this.worker.on('error', (error) => this.fail(error));
    this.ended = new Promise((resolve) => {
      this.worker.on('exit', () => {
        this.fail(new Error('the device is closed'));
        resolve();
      });
    });
  }

  async request(
    request: Request,
    transfer?: readonly ArrayBufferLike[],
  ): Promise<readonly NdArray[]> {
    const answer = await this.ask(request, transfer);
    return 'values' in answer ? answer.values : [];
  }

  ask(request: Request, transfer: readonly ArrayBufferLike[] = []): Promise<Answer> {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      // If this throws, nothing is pending.
      this.worker.postMessage({ id, request }, transfer as ArrayBuffer[]);
      this.pending.set(id, { resolve, reject });
      // A request in progress keeps the process alive, an idle device does not.
      this.worker.ref();
    });
  }

  /**
   * Ends the thread. Waiting requests are rejected at once; resolves when the one in progress is done, because terminating a
   * thread inside onnxruntime ends the process.
   */
  async close(): Promise<void> {
    this.fail(new Error('the device is closed'));
    if (Atomics.exchange(this.closing, 0, 1) === 0) {
      const farewell: Envelope = { id: 0, request: { kind: 'close' } };
      this.worker.postMessage(farewell);
    }
    this.worker.ref();
    await this.ended;
  }

  private isClosing(): boolean {
    return Atomics.load(this.closing, 0) === 1;
  }

  private settle(reply: Reply): void {
    const pending = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    // The process must not end before the thread has ended, even after a late reply of a closing device.
    if (this.pending.size === 0 && !this.isClosing()) this.worker.unref();
    if (!pending) return;
    if ('error' in reply) pending.reject(new Error(reply.error));
    else pending.resolve(reply);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.pending.values()) reject(this.failure);
    this.pending.clear();
  }
}
