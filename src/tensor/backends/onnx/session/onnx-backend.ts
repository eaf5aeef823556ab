// The backend on onnxruntime: a worker thread with its sessions and states, since a run blocks the thread that it is on.

import { type ArraySpec, isNdArray, type NdArray } from '../../../../core/index.ts';
import type { Backend, RuntimeInfo, StateHandle } from '../../../backend.ts';
import { WorkerClient } from '../../session/worker-client.ts';
import { encodeModel } from '../encode.ts';
import { type ChunkSizes, DEFAULT_CHUNKS } from '../expansions.ts';
import { lowerProgram } from '../lower-program.ts';
import type { Target } from '../targets.ts';
import type { Reply, Request, RuntimeKind, WorkerData } from './protocol.ts';

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
  const client = new WorkerClient<Request, Answer, Omit<WorkerData, 'closing'>>(workerUrl(), {
    runtime,
    threads,
  });
  const request = async (asked: Request, transfer: readonly ArrayBufferLike[] = []) => {
    const answer = await client.ask(asked, transfer);
    return 'values' in answer ? answer.values : [];
  };
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
      await request({
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
          const values = request({
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
          await request({ kind: 'unload', program });
        },
      };
    },
    async createState(leaves, transfer) {
      const state = nextId++;
      const buffers = leaves.flatMap((leaf: ArraySpec | NdArray) =>
        isNdArray(leaf) ? [leaf.data.buffer] : [],
      );
      await request({ kind: 'createState', state, leaves }, transfer ? [...new Set(buffers)] : []);
      const handle: StateHandle = {
        read: () => request({ kind: 'readState', state }),
        async drop() {
          await request({ kind: 'dropState', state });
        },
      };
      stateIds.set(handle, state);
      return handle;
    },
    close: () => client.close(),
  };
}

type Answer = Exclude<Reply, { error: string }>;
