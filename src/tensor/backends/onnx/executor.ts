// Sessions of onnxruntime, and states as two sets of buffers: a run reads one set, writes the other, and swaps.

import type * as ort from 'onnxruntime-common';
import { type ArraySpec, allocate, isNdArray, type NdArray, sizeOf } from '../../../core/index.ts';
import type { LoadRequest, Request, StateBinding } from './requests.ts';

type Feeds = ort.InferenceSession.OnnxValueMapType;
type Fetches = Record<string, ort.Tensor | null>;

/** A program in a session. */
export type OpenedProgram = {
  run(feeds: Feeds, fetches: Fetches): Promise<Feeds>;
  release(): Promise<void>;
};

export type ExecutorOptions = {
  readonly Tensor: typeof ort.Tensor;
  readonly openProgram: (source: LoadRequest) => Promise<OpenedProgram>;
  /** Whether outputs are written to buffers that they are given. WebAssembly has its own memory and allocates outputs itself. */
  readonly writesInPlace: boolean;
};

/** Answers requests, one at a time: the outputs of a run, or the leaves of a state. */
export type Executor = (request: Request) => Promise<NdArray[]>;

/** Feeding one buffer as input and output corrupts results, hence two sets; `back` exists once it is written. */
type StoredState = { front: ort.Tensor[]; back: ort.Tensor[] | undefined; specs: ArraySpec[] };

type LoadedProgram = { readonly source: LoadRequest; readonly opened: OpenedProgram };

export function createExecutor({ Tensor, openProgram, writesInPlace }: ExecutorOptions): Executor {
  const programs = new Map<number, LoadedProgram>();
  const states = new Map<number, StoredState>();

  function toOrtTensor(value: NdArray): ort.Tensor {
    // onnxruntime's types list the pairs of dtype and typed array one by one; ours agree by construction.
    return new Tensor(value.dtype as 'float32', value.data as Float32Array, [...value.shape]);
  }

  function zeroTensor(spec: ArraySpec): ort.Tensor {
    return toOrtTensor({ ...spec, data: allocate(spec.dtype, sizeOf(spec.shape)) });
  }

  async function run(request: Extract<Request, { kind: 'run' }>): Promise<NdArray[]> {
    const { source, opened } = found(programs, request.program, 'program');
    const bound = request.states.map((id) => found(states, id, 'state'));
    const feeds: Record<string, ort.Tensor> = {};
    const fetches: Fetches = {};
    for (const { name, value } of request.inputs) feeds[name] = toOrtTensor(value);
    for (const { name } of source.outputs) fetches[name] = null;
    source.states.forEach((binding, i) => {
      const state = bound[i]!;
      for (const { input, leaf } of binding.reads) feeds[input] = state.front[leaf]!;
      if (binding.writes.length === 0) return;
      if (writesInPlace) state.back ??= state.specs.map(zeroTensor);
      for (const { output, leaf } of binding.writes) fetches[output] = state.back?.[leaf] ?? null;
    });
    const results = await opened.run(feeds, fetches);
    source.states.forEach((binding, i) => {
      if (binding.writes.length > 0) swapWritten(bound[i]!, binding, results);
    });
    return Promise.all(source.outputs.map(({ name, spec }) => toArray(results[name]!, spec)));
  }

  return async (request) => {
    switch (request.kind) {
      case 'load':
        programs.set(request.program, { source: request, opened: await openProgram(request) });
        return [];
      case 'run':
        return run(request);
      case 'unload':
        await found(programs, request.program, 'program').opened.release();
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
        const values = await Promise.all(
          state.front.map((tensor, i) => toArray(tensor, state.specs[i]!)),
        );
        return values.map((value) => ({ ...value, data: value.data.slice() }));
      }
      case 'dropState':
        for (const tensor of states.get(request.state)?.front ?? []) release(tensor);
        states.delete(request.state);
        return [];
    }
  };
}

function found<T>(map: ReadonlyMap<number, T>, id: number, what: string): T {
  const value = map.get(id);
  if (value === undefined) throw new Error(`the ${what} was closed already`);
  return value;
}

/** The values of a tensor, wherever they lie. */
async function toArray(tensor: ort.OnnxValue, { dtype, shape }: ArraySpec): Promise<NdArray> {
  const { location } = tensor as ort.Tensor;
  const data = location === 'gpu-buffer' ? await tensor.getData() : tensor.data;
  return { dtype, shape, data: data as Float32Array };
}

/** Memory of a GPU is not collected with the tensor that it belongs to. */
function release(tensor: ort.Tensor): void {
  if (tensor.location === 'gpu-buffer') tensor.dispose();
}

/** Moves written leaves to the front; leaves that the program does not write stay where they are. */
function swapWritten(state: StoredState, binding: StateBinding, results: Feeds): void {
  for (const { output, leaf } of binding.writes) {
    const front = state.front[leaf]!;
    // Providers that ignore preallocated outputs return tensors of their own.
    state.front[leaf] = results[output] as ort.Tensor;
    if (state.back) state.back[leaf] = front;
    else release(front);
  }
}
