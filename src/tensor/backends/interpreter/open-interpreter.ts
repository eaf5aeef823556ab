// The backend that interprets programs: no runtime, no thread, no rounding except float64's.

import { isNdArray, type NdArray, sizeOf } from '../../../core/index.ts';
import type { Backend, StateHandle } from '../../backend.ts';
import type { Values } from '../../graph.ts';
import { resultsOf } from '../../program.ts';
import { liveNodes } from '../../rewrite.ts';
import { interpretGraph, toArray, toValues } from './interpret.ts';

/** Opens it. The values of states stay float64 between runs, whatever their dtype. */
export function openInterpreter(): Backend {
  const states = new WeakMap<StateHandle, Values[]>();
  let closed = false;
  const requireOpen = () => {
    if (closed) throw new Error('the device is closed');
  };
  return {
    name: 'interpreter',
    threads: 1,
    runtime: async () => ({ kind: 'interpreter', version: '1' }),
    async compile(program) {
      requireOpen();
      const { graph, inputs, outputs } = program;
      const results = resultsOf(program);
      const run = (handles: readonly StateHandle[], given: readonly NdArray[]): NdArray[] => {
        requireOpen();
        const bound = handles.map((handle) => found(states.get(handle)));
        const named = new Map([
          ...program.states.flatMap(({ reads }, i) =>
            reads.map(({ name }, leaf): [string, Values] => [name, bound[i]![leaf]!]),
          ),
          ...inputs.map(({ name }, i): [string, Values] => [name, toValues(given[i]!)]),
        ]);
        const values = interpretGraph(graph, results, named);
        let next = outputs.length;
        program.states.forEach(({ writes }, i) => {
          for (const { leaf } of writes) bound[i]![leaf] = values[next++]!;
        });
        return outputs.map(({ tensor }, i) => toArray(values[i]!, tensor.dtype));
      };
      return {
        run: (handles, given) => {
          // Inputs are copied now, since the caller may change them afterwards.
          const result = attempt(() => run(handles, given));
          return { read: async () => result() };
        },
        facts: { nodes: liveNodes({ graph, results }).size },
        close: async () => {},
      };
    },
    async createState(leaves) {
      requireOpen();
      const values = leaves.map((leaf) =>
        isNdArray(leaf)
          ? toValues(leaf)
          : { shape: leaf.shape, data: new Float64Array(sizeOf(leaf.shape)) },
      );
      const handle: StateHandle = {
        read: async () => found(states.get(handle)).map((x, i) => toArray(x, leaves[i]!.dtype)),
        drop: async () => {
          found(states.get(handle));
          states.delete(handle);
        },
      };
      states.set(handle, values);
      return handle;
    },
    async close() {
      closed = true;
    },
  };
}

function found<T>(state: T | undefined): T {
  if (state === undefined) throw new Error('the state was closed already');
  return state;
}

/** Returns or throws, at each call, what `make` returned or threw at the first. */
function attempt<T>(make: () => T): () => T {
  try {
    const value = make();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
