// The teacher's memories at given places of sequences, outside training.

import { type ArraySpec, spec, type Tree } from '../../core/index.ts';
import {
  encodeContexts,
  encodePrefixes,
  type TeacherConfig,
  type TeacherParams,
} from '../../nn/index.ts';
import type { Device, DeviceState, Tensor } from '../../tensor/tracing.ts';
import type { BatchShape } from '../memory/batch-shape.ts';
import type { TeacherMemories } from '../memory/measure-memories.ts';
import { cutContexts, type SupervisionPlan } from './supervision.ts';

/** Compiles the encoder over the parameters `state`; `pick` finds the teacher in them. */
export async function openTeacherMemories(
  device: Device,
  config: TeacherConfig,
  plan: SupervisionPlan,
  { batchSize, time }: BatchShape,
  {
    state,
    pick,
  }: {
    readonly state: DeviceState<Tree<ArraySpec>>;
    readonly pick: (params: Tree<Tensor>) => TeacherParams<Tensor>;
  },
): Promise<TeacherMemories> {
  const size = config.memoryTokens * config.hiddenSize;
  if (config.encoder === 'causal') {
    const program = await device.compile({
      states: { params: state.specs },
      inputs: { inputs: spec('int32', [batchSize, time]) },
      batched: ['inputs'],
      build: ({ params }, { inputs }) => ({
        outputs: encodePrefixes(pick(params).encoder, config, inputs),
      }),
    });
    return {
      async at({ inputs }, places) {
        const array = { dtype: 'int32', shape: [batchSize, time], data: inputs } as const;
        const { data } = await program.run({ params: state }, { inputs: array }).read();
        const all = data as Float32Array;
        return places.map((n) => {
          const memory = new Float32Array(batchSize * size);
          for (let row = 0; row < batchSize; row++) {
            const from = (row * (time + 1) + n) * size;
            memory.set(all.subarray(from, from + size), row * size);
          }
          return memory;
        });
      },
      close: () => program.close(),
    };
  }
  const width = plan.contextLength;
  const program = await device.compile({
    states: { params: state.specs },
    inputs: {
      contexts: spec('int32', [batchSize, width]),
      lengths: spec('int32', [batchSize]),
    },
    batched: ['contexts', 'lengths'],
    build: ({ params }, { contexts, lengths }) => ({
      outputs: encodeContexts(pick(params).encoder, config, contexts, lengths),
    }),
  });
  return {
    async at(batch, places) {
      const memories: Float32Array[] = [];
      for (const n of places) {
        const rows = Array.from({ length: batchSize }, () => [n]);
        const { contexts, lengths } = cutContexts(batch, rows, width, time);
        // Without the next token.
        const data = new Int32Array(batchSize * width);
        for (let row = 0; row < batchSize; row++) {
          const from = row * (width + 1);
          data.set((contexts.data as Int32Array).subarray(from, from + width), row * width);
        }
        const array = { dtype: 'int32', shape: [batchSize, width], data } as const;
        const out = await program.run({ params: state }, { contexts: array, lengths }).read();
        memories.push(out.data as Float32Array);
      }
      return memories;
    },
    close: () => program.close(),
  };
}
