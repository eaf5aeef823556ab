// A device: the worker thread with onnxruntime, the programs compiled for it and the states that live there.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import {
  type ArraySpec,
  flattenTree,
  isArraySpec,
  isNdArray,
  mapTree,
  type NdArray,
  sizeOf,
  type Tree,
} from '../../core/index.ts';
import { isTensor, type Tensor } from '../graph.ts';
import { TARGETS, type Target } from '../onnx/index.ts';
import { formatShape, ShapeError, sameShape } from '../shape.ts';
import {
  type Arrays,
  type Leaves,
  type LoweredProgram,
  lowerProgram,
  type ProgramSpec,
  type Specs,
  type SpecTrees,
} from './program.ts';
import type { Envelope, Reply, Request, RuntimeInfo, RuntimeKind, WorkerData } from './protocol.ts';

export type DeviceOptions = {
  /** By default 'cpu'. */
  readonly target?: Target['name'];
  /** Threads that one operation may use; by default all processors. */
  readonly threads?: number;
  /** 'wasm' passes over the native build of onnxruntime; by default it is used where it loads. */
  readonly runtime?: RuntimeKind;
};

/**
 * A tree of arrays on the device: `T` of specs, and `A` of what is read from it. Programs read it in place; those that
 * update it replace its values.
 */
export type DeviceState<T = Tree<ArraySpec>, A = Arrays<T>> = {
  readonly id: number;
  readonly specs: T;
  /** A copy of the present values. */
  read(): Promise<A>;
  /** Frees the memory. */
  drop(): Promise<void>;
};

/** A compiled function. */
export type Program<S extends SpecTrees, I extends SpecTrees, O> = {
  /** Runs once. Resolves with the outputs after the states named in the updates hold their new values. */
  run(
    states: { readonly [K in keyof S]: DeviceState<Leaves<S[K], ArraySpec>, unknown> },
    inputs: Leaves<I, NdArray>,
  ): Promise<Arrays<O>>;
  /** Nodes of the ONNX graph. */
  readonly nodeCount: number;
  /** Frees the session. */
  close(): Promise<void>;
};

/** Workers are plain JavaScript: from sources, the built one is used. */
function workerUrl(): URL {
  const built = '../../../dist/tensor/runtime/worker.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './worker.js', import.meta.url);
}

/** Starts the worker thread. Close the device when done with it. */
export function openDevice(options: DeviceOptions = {}): Device {
  const { target = 'cpu', threads = availableParallelism(), runtime = 'native' } = options;
  return new Device(TARGETS[target], threads, runtime);
}

type Answer = Exclude<Reply, { error: string }>;
type Pending = { resolve: (answer: Answer) => void; reject: (error: Error) => void };

export class Device {
  readonly target: Target;
  readonly threads: number;
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private readonly closing = new Int32Array(new SharedArrayBuffer(4));
  /** Resolves when the thread has ended. */
  private readonly ended: Promise<void>;
  private nextId = 1;
  private failure: Error | undefined;

  constructor(target: Target, threads: number, runtime: RuntimeKind = 'native') {
    this.target = target;
    this.threads = threads;
    // Flags such as --input-type are meant for the program that opens the device, not for the worker.
    const workerData: WorkerData = { runtime, threads, closing: this.closing };
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

  /** Which build of onnxruntime computes here. */
  async runtime(): Promise<RuntimeInfo> {
    const answer = await this.ask({ kind: 'describe' });
    return (answer as Extract<Answer, { runtime: RuntimeInfo }>).runtime;
  }

  /** Traces `program.build`, lowers it for the target and creates a session. */
  async compile<S extends SpecTrees, I extends SpecTrees, O extends Tree<Tensor>>(
    program: ProgramSpec<S, I, O>,
  ): Promise<Program<S, I, O extends Tensor ? Tensor : O>> {
    const lowered = lowerProgram(program, this.target);
    const id = this.nextId++;
    await this.request({
      kind: 'load',
      program: id,
      model: lowered.model,
      options: { executionProviders: this.target.executionProviders, threads: this.threads },
      states: lowered.states,
      outputs: lowered.outputs,
    });
    // A state is compared with what the program was compiled for when they first meet.
    const accepted = new Set<string>();
    const bindState = (
      name: string,
      state: DeviceState<Tree<ArraySpec>, unknown> | undefined,
    ): number => {
      if (!state) throw new ShapeError(`run: the state '${name}' is missing`);
      const pair = `${state.id} ${name}`;
      if (!accepted.has(pair)) checkState(name, program.states[name]!, state.specs);
      accepted.add(pair);
      return state.id;
    };
    const run = async (
      states: Readonly<Record<string, DeviceState<Tree<ArraySpec>, unknown>>>,
      inputs: Tree<NdArray>,
    ): Promise<unknown> => {
      const values = await this.request({
        kind: 'run',
        program: id,
        states: lowered.stateNames.map((name) => bindState(name, states[name])),
        inputs: bindInputs(lowered, inputs),
      });
      return fillTree<Tensor>(lowered.outputTree, isTensor, values);
    };
    return {
      run: run as never,
      nodeCount: lowered.onnx.nodes.length,
      close: async () => {
        await this.request({ kind: 'unload', program: id });
      },
    };
  }

  /**
   * Puts a tree of arrays on the device; a leaf without data becomes zeros.
   *
   * @param options.transfer hands the buffers over instead of copying them; the tree is unusable afterwards
   */
  async createState<T extends Tree<ArraySpec>>(
    tree: T,
    options: { transfer?: boolean } = {},
  ): Promise<DeviceState<Specs<T>>> {
    const id = this.nextId++;
    // What else a spec says (initializers, roles) is no matter of the device.
    const leaves = flattenTree<ArraySpec>(tree as Tree<ArraySpec>, isArraySpec).map(
      ([path, leaf]) => {
        const { dtype, shape } = leaf;
        if (!isNdArray(leaf)) return { dtype, shape };
        checkLength(`createState: the array '${path}'`, leaf);
        return { dtype, shape, data: leaf.data };
      },
    );
    const buffers = leaves.flatMap((leaf) => (isNdArray(leaf) ? [leaf.data.buffer] : []));
    const specs = mapTree<ArraySpec, ArraySpec>(
      tree as Tree<ArraySpec>,
      isArraySpec,
      ({ dtype, shape }) => ({
        dtype,
        shape,
      }),
    );
    await this.request(
      { kind: 'createState', state: id, leaves },
      options.transfer ? [...new Set(buffers)] : [],
    );
    return {
      id,
      specs: specs as Specs<T>,
      read: async () => {
        const values = await this.request({ kind: 'readState', state: id });
        return fillTree<ArraySpec>(specs, isArraySpec, values) as never;
      },
      drop: async () => {
        await this.request({ kind: 'dropState', state: id });
      },
    };
  }

  /**
   * Ends the worker thread and frees everything on it. Requests that wait are rejected at once; resolves when the one
   * under way is done, since a thread that is terminated inside onnxruntime takes the process with it.
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

  private async request(
    request: Request,
    transfer?: readonly ArrayBufferLike[],
  ): Promise<readonly NdArray[]> {
    const answer = await this.ask(request, transfer);
    return 'values' in answer ? answer.values : [];
  }

  private ask(request: Request, transfer: readonly ArrayBufferLike[] = []): Promise<Answer> {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      // Nothing is pending where this throws.
      this.worker.postMessage({ id, request }, transfer as ArrayBuffer[]);
      this.pending.set(id, { resolve, reject });
      // The process stays alive for a request under way, not for an idle device.
      this.worker.ref();
    });
  }

  private settle(reply: Reply): void {
    const pending = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    // A late reply of a device that closes must not let the process end before the thread has.
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

function bindInputs(lowered: LoweredProgram, inputs: Tree<NdArray>) {
  const given = new Map(
    flattenTree<NdArray>(inputs, isNdArray).map(([path, value]) => [path, value]),
  );
  return lowered.inputs.map(({ name, spec }) => {
    // "input/tokens/" is a leaf by itself, "input/batch/x.y" lies deeper.
    const path = name.slice('input/'.length).replace(/\/$/, '').replace('/', '.');
    const value = given.get(path);
    if (!value) throw new ShapeError(`run: the input '${path}' is missing`);
    if (value.dtype !== spec.dtype || !sameShape(value.shape, spec.shape)) {
      throw new ShapeError(
        `run: the input '${path}' is ${value.dtype} ${formatShape(value.shape)}, ` +
          `but the program was compiled for ${spec.dtype} ${formatShape(spec.shape)}`,
      );
    }
    checkLength(`run: the input '${path}'`, value);
    return { name, value };
  });
}

/** A buffer that was handed over to another thread has no elements left. */
function checkLength(what: string, { shape, data }: NdArray): void {
  if (data.length === sizeOf(shape)) return;
  throw new ShapeError(
    `${what} holds ${data.length} elements, but its shape ${formatShape(shape)} has ${sizeOf(shape)}` +
      (data.buffer.byteLength === 0 ? ' (was its buffer handed over?)' : ''),
  );
}

/** Throws unless the leaves agree one by one: states are bound by the order of their leaves. */
function checkState(name: string, expected: Tree<ArraySpec>, given: Tree<ArraySpec>): void {
  const describe = (leaf: [string, ArraySpec] | undefined) =>
    leaf ? `'${leaf[0]}' ${leaf[1].dtype} ${formatShape(leaf[1].shape)}` : 'nothing';
  const wanted = flattenTree(expected, isArraySpec);
  const found = flattenTree(given, isArraySpec);
  for (let i = 0; i < Math.max(wanted.length, found.length); i++) {
    if (describe(wanted[i]) !== describe(found[i])) {
      throw new ShapeError(
        `run: the state '${name}' holds ${describe(found[i])} at place ${i}, ` +
          `but the program was compiled for ${describe(wanted[i])}`,
      );
    }
  }
}

/** The tree with its leaves replaced, in order, by `values`. */
function fillTree<T>(
  tree: Tree<T>,
  isLeaf: (node: unknown) => node is T,
  values: readonly NdArray[],
): Tree<NdArray> {
  let next = 0;
  return mapTree(tree, isLeaf, () => values[next++]!);
}
