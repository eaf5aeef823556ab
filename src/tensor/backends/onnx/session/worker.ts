// The thread in which onnxruntime runs: a session's run() blocks its thread, so it gets one of its own.
// Holds sessions, and states as two sets of buffers: a run reads one set, writes the other, and swaps.

import { parentPort, workerData } from 'node:worker_threads';
import type * as ort from 'onnxruntime-common';
import {
  type ArraySpec,
  allocate,
  isNdArray,
  type NdArray,
  sizeOf,
} from '../../../../core/index.ts';
import { loadRuntime, type Runtime } from './load-runtime.ts';
import type { Envelope, Reply, Request, StateBinding, WorkerData } from './protocol.ts';
import {
  canSpin,
  countPreemptions,
  isEnough,
  NO_PREEMPTIONS,
  type Preemptions,
  SPIN_MICROSECONDS,
  shouldSpin,
} from './spinning.ts';

type LoadRequest = Extract<Request, { kind: 'load' }>;

type LoadedProgram = {
  readonly source: LoadRequest;
  session: ort.InferenceSession;
  spins: boolean;
  /** Time that it took to open the session. */
  loadSeconds: number;
  /** Since the session was opened. */
  seen: Preemptions;
};

/** Feeding one buffer as input and output corrupts results, hence two sets; `back` exists once it is written. */
type StoredState = { front: ort.Tensor[]; back: ort.Tensor[] | undefined; specs: ArraySpec[] };

function fromOrtTensor(tensor: ort.Tensor, spec: ArraySpec): NdArray {
  return { dtype: spec.dtype, shape: spec.shape, data: tensor.data as Float32Array };
}

function serve(port: NonNullable<typeof parentPort>, runtime: Runtime, closing: Int32Array): void {
  const { Tensor, InferenceSession } = runtime.ort;
  const programs = new Map<number, LoadedProgram>();
  const states = new Map<number, StoredState>();

  function toOrtTensor(value: NdArray): ort.Tensor {
    // onnxruntime's types list the pairs of dtype and typed array one by one; ours agree by construction.
    return new Tensor(value.dtype as 'float32', value.data as Float32Array, [...value.shape]);
  }

  function zeroTensor(spec: ArraySpec): ort.Tensor {
    return toOrtTensor({ ...spec, data: allocate(spec.dtype, sizeOf(spec.shape)) });
  }

  function found<T>(map: Map<number, T>, id: number, what: string): T {
    const value = map.get(id);
    if (value === undefined) throw new Error(`the ${what} was closed already`);
    return value;
  }

  function openSession(source: LoadRequest, spins: boolean): Promise<ort.InferenceSession> {
    return InferenceSession.create(source.model, {
      executionProviders: [...source.options.executionProviders],
      intraOpNumThreads: source.options.threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // Memory patterns preallocate for the peak of every buffer at once: 30-40 % more, no faster.
      enableMemPattern: false,
      // Errors reach the caller as rejections, so onnxruntime need not print them.
      logSeverityLevel: 4,
      extra: {
        session: {
          intra_op: spins
            ? { allow_spinning: '1', spin_duration_us: `${SPIN_MICROSECONDS}` }
            : { allow_spinning: '0' },
          // Between runs, threads do not spin.
          force_spinning_stop: '1',
        },
      },
    });
  }

  async function load(source: LoadRequest): Promise<void> {
    const startMs = performance.now();
    // Sessions start without spinning: a short program ends before it knows whether the machine is quiet.
    const session = await openSession(source, false);
    const loadSeconds = (performance.now() - startMs) / 1e3;
    programs.set(source.program, {
      ...{ source, session, spins: false, loadSeconds },
      seen: NO_PREEMPTIONS,
    });
  }

  /** Reopens a session if its threads should wait the other way; results are the same to the bit. */
  async function adapt(program: LoadedProgram): Promise<void> {
    const { source, spins, loadSeconds, seen } = program;
    const { threads } = source.options;
    if (runtime.kind !== 'native' || !canSpin(threads) || !isEnough(seen, loadSeconds)) return;
    program.seen = NO_PREEMPTIONS;
    if (shouldSpin(spins, seen, threads) === spins) return;
    // If the second session does not fit into memory, the first one stays.
    const session = await openSession(source, !spins).catch(() => null);
    if (session === null) return;
    const before = program.session;
    program.session = session;
    program.spins = !spins;
    await before.release();
  }

  async function run(request: Extract<Request, { kind: 'run' }>): Promise<NdArray[]> {
    const program = found(programs, request.program, 'program');
    await adapt(program);
    const { states: bindings, outputs } = program.source;
    const bound = request.states.map((id) => found(states, id, 'state'));
    const feeds: Record<string, ort.Tensor> = {};
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const { name, value } of request.inputs) feeds[name] = toOrtTensor(value);
    for (const { name } of outputs) fetches[name] = null;
    bindings.forEach((binding, i) => {
      const state = bound[i]!;
      for (const { input, leaf } of binding.reads) feeds[input] = state.front[leaf]!;
      if (binding.writes.length === 0) return;
      // WebAssembly has its own memory and allocates the outputs itself, so none are preallocated for it.
      if (runtime.kind === 'native') state.back ??= state.specs.map(zeroTensor);
      for (const { output, leaf } of binding.writes) fetches[output] = state.back?.[leaf] ?? null;
    });
    const { value: results, seen } = await countPreemptions(program.seen, () =>
      program.session.run(feeds, fetches),
    );
    program.seen = seen;
    bindings.forEach((binding, i) => {
      if (binding.writes.length > 0) swapWritten(bound[i]!, binding, results);
    });
    return outputs.map(({ name, spec }) => fromOrtTensor(results[name]!, spec));
  }

  async function handle(
    request: Exclude<Request, { kind: 'describe' | 'close' }>,
  ): Promise<NdArray[]> {
    if (Atomics.load(closing, 0) === 1) throw new Error('the device is closed');
    switch (request.kind) {
      case 'load':
        await load(request);
        return [];
      case 'run':
        return run(request);
      case 'unload':
        await found(programs, request.program, 'program').session.release();
        programs.delete(request.program);
        return [];
      case 'createState':
        states.set(request.state, {
          front: request.leaves.map((x) => (isNdArray(x) ? toOrtTensor(x) : zeroTensor(x))),
          back: undefined,
          specs: request.leaves.map(({ dtype, shape }) => ({ dtype, shape })),
        });
        return [];
      case 'readState': {
        const state = found(states, request.state, 'state');
        return state.front.map((tensor, i) => {
          const value = fromOrtTensor(tensor, state.specs[i]!);
          return { ...value, data: value.data.slice() };
        });
      }
      case 'dropState':
        states.delete(request.state);
        return [];
    }
  }

  // The request is unknown, so there is nobody to answer: the device fails as a whole.
  port.on('messageerror', (error) => {
    throw error;
  });

  // One request at a time, in order: runs that share a state must not overlap.
  let last: Promise<void> = Promise.resolve();
  port.on('message', ({ id, request }: Envelope) => {
    if (request.kind === 'describe') {
      const { ort: _, ...info } = runtime;
      port.postMessage({ id, runtime: info } satisfies Reply);
      return;
    }
    if (request.kind === 'close') {
      last = last.then(() => process.exit());
      return;
    }
    last = last.then(async () => {
      const reply = await handle(request).then(
        (values): Reply => ({ id, values }),
        (error: unknown): Reply => ({
          id,
          error: error instanceof Error ? error.message : String(error),
        }),
      );
      const buffers =
        'values' in reply ? reply.values.map((x) => x.data.buffer as ArrayBuffer) : [];
      port.postMessage(reply, [...new Set(buffers)]);
    });
  });
}

/** Moves written leaves to the front; leaves that the program does not write stay where they are. */
function swapWritten(
  state: StoredState,
  binding: StateBinding,
  results: ort.InferenceSession.OnnxValueMapType,
): void {
  for (const { output, leaf } of binding.writes) {
    const front = state.front[leaf]!;
    // Providers that ignore preallocated outputs return tensors of their own.
    state.front[leaf] = results[output] as ort.Tensor;
    if (state.back) state.back[leaf] = front;
  }
}

if (parentPort) {
  const { runtime, threads, closing } = workerData as WorkerData;
  const loaded = await loadRuntime(runtime, threads);
  if (loaded.reason !== undefined) {
    process.emitWarning(
      `onnxruntime-node does not load (${loaded.reason}): computing in WebAssembly, which is slower. ` +
        'primordia doctor says what to do.',
    );
  }
  serve(parentPort, loaded, closing);
}
