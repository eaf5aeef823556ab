// The backend on onnxruntime as requests, to a thread of its own or to the thread that asks.

import { type ArraySpec, isNdArray, type NdArray } from '../../../core/index.ts';
import type { Backend, RuntimeInfo, StateHandle } from '../../backend.ts';
import { encodeModel } from './encode.ts';
import { type ChunkSizes, DEFAULT_CHUNKS } from './expansions.ts';
import { lowerProgram } from './lower-program.ts';
import type { Request } from './requests.ts';
import type { Target } from './targets.ts';

export type OnnxBackendOptions = {
  readonly target: Target;
  /** Threads that one operation may use. */
  readonly threads: number;
  readonly chunks?: ChunkSizes | undefined;
  /**
   * Sends a request and waits for its answer.
   *
   * @param transfer buffers to hand over; others are copied at once
   */
  readonly ask: (
    request: Request,
    transfer: readonly ArrayBufferLike[],
  ) => Promise<readonly NdArray[]>;
  readonly runtime: () => Promise<RuntimeInfo>;
  readonly close: () => Promise<void>;
};

export function createOnnxBackend({
  target,
  threads,
  chunks = DEFAULT_CHUNKS,
  ask,
  runtime,
  close,
}: OnnxBackendOptions): Backend {
  const stateIds = new WeakMap<StateHandle, number>();
  let nextId = 1;
  return {
    name: target.name,
    threads,
    runtime,
    async compile(traced) {
      const lowered = lowerProgram(traced, target, chunks);
      const program = nextId++;
      const bind = ({ name, tensor }: (typeof traced.outputs)[number]) => ({
        name,
        spec: { dtype: tensor.dtype, shape: tensor.shape },
      });
      const load: Request = {
        kind: 'load',
        program,
        model: encodeModel(lowered),
        options: { executionProviders: target.executionProviders, threads },
        states: traced.states.map(({ reads, writes }) => ({
          reads: reads.map(({ name }, leaf) => ({ input: name, leaf })),
          writes: writes.map(({ name, leaf }) => ({ output: name, leaf })),
        })),
        outputs: traced.outputs.map(bind),
      };
      await ask(load, []);
      return {
        run(states, inputs) {
          const request: Request = {
            kind: 'run',
            program,
            states: states.map((state) => stateIds.get(state)!),
            inputs: inputs.map((value, i) => ({ name: traced.inputs[i]!.name, value })),
          };
          const values = ask(request, []);
          // The reader gets the failure; a run that is never read must not end the process.
          values.catch(() => {});
          return { read: () => values };
        },
        facts: { nodes: lowered.nodes.length },
        async close() {
          await ask({ kind: 'unload', program }, []);
        },
      };
    },
    async createState(leaves, transfer) {
      const state = nextId++;
      const buffers = leaves.flatMap((leaf: ArraySpec | NdArray) =>
        isNdArray(leaf) ? [leaf.data.buffer] : [],
      );
      await ask({ kind: 'createState', state, leaves }, transfer ? [...new Set(buffers)] : []);
      const handle: StateHandle = {
        read: () => ask({ kind: 'readState', state }, []),
        async drop() {
          await ask({ kind: 'dropState', state }, []);
        },
      };
      stateIds.set(handle, state);
      return handle;
    },
    close,
  };
}
