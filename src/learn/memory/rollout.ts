// A recurrent network step by step: one small program, run once a token, at a cost that does not grow with time.

import type { ArraySpec, NdArray, Tree } from '../../core/index.ts';
import { spec } from '../../core/index.ts';
import {
  createCell,
  type MemoryConfig,
  type RecurrentParams,
  readoutLogits,
  readoutLosses,
} from '../../nn/index.ts';
import { type Device, type DeviceState, expand, type Tensor } from '../../tensor/index.ts';

/** Losses in nats and most probable ids of one step, `[batch]`. */
export type StepLosses = { readonly losses: Float32Array; readonly predictions: BigInt64Array };

/** Memories are row-major `[batch, memoryTokens, hiddenSize]`, tokens `[batch]`. */
export type Rollout = {
  /** The network's own first memory, for each of the batch. */
  start(): Promise<Float32Array>;
  /** The memory after a token. */
  advance(memory: Float32Array, tokens: Int32Array): Promise<Float32Array>;
  /** What is read out of a memory, as losses of the token that comes next. */
  judge(memory: Float32Array, next: Int32Array): Promise<StepLosses>;
  /** Logits `[batch, vocabSize]` of the token that comes next. */
  logits(memory: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
};

/** Where the parts of a recurrent network are among the parameters on the device. */
export type PickRecurrent = (params: unknown) => RecurrentParams<Tensor>;

/** Parameters that are those of a recurrent network. */
export const pickRecurrent: PickRecurrent = (params) => params as RecurrentParams<Tensor>;

/** Compiles the steps over the parameters `state`, which may change between calls. */
export async function openRollout(
  device: Device,
  config: MemoryConfig,
  batchSize: number,
  state: DeviceState<Tree<ArraySpec>>,
  pick: PickRecurrent = pickRecurrent,
): Promise<Rollout> {
  const { memoryTokens, hiddenSize } = config;
  const memoryShape = [batchSize, memoryTokens, hiddenSize];
  const cell = createCell(config);
  const compile = (
    inputs: Record<string, ArraySpec>,
    build: (model: RecurrentParams<Tensor>, x: Record<string, Tensor>) => Record<string, Tensor>,
  ) =>
    device.compile({
      states: { params: state.specs },
      inputs: inputs as Record<string, Tree<ArraySpec>>,
      build: (states, x) => ({
        outputs: build(pick(states.params), x as unknown as Record<string, Tensor>),
      }),
    });
  const memory = spec('float32', memoryShape);
  const ids = spec('int32', [batchSize]);
  const programs = {
    start: await compile({}, ({ initial }) => ({ memory: expand(initial, memoryShape) })),
    advance: await compile({ memory, tokens: ids }, (model, x) => ({
      memory: cell.step(model.cell, x.memory!, x.tokens!),
    })),
    judge: await compile({ memory, next: ids }, (model, x) =>
      readoutLosses(model.readout, config, x.memory!, x.next!),
    ),
    logits: await compile({ memory }, (model, x) => ({
      logits: readoutLogits(model.readout, config, x.memory!),
    })),
  };
  const run = async (name: keyof typeof programs, inputs: Record<string, NdArray>) =>
    (await programs[name].run({ params: state }, inputs)) as unknown as Record<string, NdArray>;
  const asMemory = (data: Float32Array): NdArray => ({
    dtype: 'float32',
    shape: memoryShape,
    data,
  });
  const asIds = (data: Int32Array): NdArray => ({ dtype: 'int32', shape: [batchSize], data });
  return {
    start: async () => (await run('start', {})).memory!.data as Float32Array,
    advance: async (data, tokens) =>
      (await run('advance', { memory: asMemory(data), tokens: asIds(tokens) })).memory!
        .data as Float32Array,
    judge: async (data, next) => {
      const out = await run('judge', { memory: asMemory(data), next: asIds(next) });
      return {
        losses: out.losses!.data as Float32Array,
        predictions: out.predictions!.data as BigInt64Array,
      };
    },
    logits: async (data) =>
      (await run('logits', { memory: asMemory(data) })).logits!.data as Float32Array,
    close: async () => {
      await Promise.all(Object.values(programs).map((program) => program.close()));
    },
  };
}

/** Column `n` of `[batch, time]` tokens. */
export function columnOf(tokens: Int32Array, time: number, n: number): Int32Array {
  return Int32Array.from({ length: tokens.length / time }, (_, row) => tokens[row * time + n]!);
}

/** The memories of a rollout on its own memories: entry n is after the first n tokens, 0 to `time`. */
export async function rollOut(
  rollout: Rollout,
  inputs: Int32Array,
  time: number,
): Promise<Float32Array[]> {
  const memories = [await rollout.start()];
  for (let n = 0; n < time; n++) {
    memories.push(await rollout.advance(memories[n]!, columnOf(inputs, time, n)));
  }
  return memories;
}
