// A recurrent network step by step: one small program, run once per token, at a cost that does not grow with time.

import { type ArraySpec, type NdArray, spec, type Tree } from '../../core/index.ts';
import { beginState, readoutLogits, sequenceLosses } from '../../nn/index.ts';
import { concat, type Device, reshape, slice, type Tensor } from '../../tensor/tracing.ts';
import type { LiveModel } from '../algorithm.ts';
import { lazily } from '../learner-parts.ts';
import { advanceMemory, type MemoryModel } from './memory-model.ts';

/** Losses in nats and most probable ids of one step, `[batch]`. */
export type StepLosses = { readonly losses: Float32Array; readonly predictions: BigInt64Array };

/** Memories are row-major `[batch, memoryTokens, hiddenSize]`, tokens `[batch]`. */
export type Rollout = {
  /** The network's own initial state, for each of the batch. */
  start(): Promise<Float32Array>;
  /** The memory after a token. */
  advance(memory: Float32Array, tokens: Int32Array): Promise<Float32Array>;
  /** The memories after each of `STRIDE` tokens, in one run: tokens `[batch, STRIDE]`. */
  stride(memory: Float32Array, tokens: Int32Array): Promise<Float32Array[]>;
  /** Reads out a memory, as losses of the next token. */
  judge(memory: Float32Array, next: Int32Array): Promise<StepLosses>;
  /** Logits `[batch, vocabSize]` of the next token. */
  logits(memory: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
};

/** Tokens that one run of `Rollout.stride` reads: transferring memories costs more than a step of a small cell. */
export const STRIDE = 8;

/** Compiles the steps of a model over the parameters of `live`, which may change between calls. */
export async function openRollout(
  device: Device,
  model: MemoryModel,
  batchSize: number,
  { state, pick = (params) => params }: LiveModel,
): Promise<Rollout> {
  const { memoryTokens, hiddenSize } = model.memory.sizes;
  const memoryShape = [batchSize, memoryTokens, hiddenSize];
  const compile = (
    inputs: Record<string, ArraySpec>,
    build: (params: Tree<Tensor>, x: Record<string, Tensor>) => Record<string, Tensor>,
  ) =>
    device.compile({
      states: { params: state.specs },
      inputs: inputs as Record<string, Tree<ArraySpec>>,
      batched: Object.keys(inputs),
      build: (states, x) => ({
        outputs: build(pick(states.params), x as unknown as Record<string, Tensor>),
      }),
    });
  const memory = spec('float32', memoryShape);
  const ids = spec('int32', [batchSize]);
  const programs = {
    start: await compile({}, (params) => ({
      memory: model.memory.pack(beginState(model, params, { batch: batchSize, capacity: 1 })),
    })),
    advance: await compile({ memory, tokens: ids }, (params, x) => ({
      memory: advanceMemory(model, params, x.memory!, x.tokens!),
    })),
    judge: await compile({ memory, next: ids }, (params, x) =>
      memoryLosses(model, params, x.memory!, x.next!),
    ),
    logits: await compile({ memory }, (params, x) => ({
      logits: readoutLogits(model.memory.read(params, x.memory!), model.readout(params)),
    })),
  };
  const strides = lazily(() =>
    compile(
      { memory, tokens: spec('int32', [batchSize, STRIDE]) },
      (params, { memory: first, tokens }) => {
        const memories: Tensor[] = [];
        for (let i = 0; i < STRIDE; i++) {
          const token = reshape(slice(tokens!, 1, i, i + 1), [batchSize]);
          memories.push(advanceMemory(model, params, memories.at(-1) ?? first!, token));
        }
        return { memories: concat(memories, 0) };
      },
    ),
  );
  const run = async (name: keyof typeof programs, inputs: Record<string, NdArray>) =>
    (await programs[name].run({ params: state }, inputs).read()) as unknown as Record<
      string,
      NdArray
    >;
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
    stride: async (data, tokens) => {
      const program = await strides.get();
      const inputs = {
        memory: asMemory(data),
        tokens: { dtype: 'int32', shape: [batchSize, STRIDE], data: tokens },
      } as const;
      const out = (await program.run({ params: state }, inputs).read()) as unknown as {
        readonly memories: NdArray;
      };
      const all = out.memories.data as Float32Array;
      return Array.from({ length: STRIDE }, (_, i) =>
        all.slice(i * data.length, (i + 1) * data.length),
      );
    },
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
      const closed = Object.values(programs).map((program) => program.close());
      await Promise.all([...closed, strides.close()]);
    },
  };
}

/** Losses in nats and most probable ids (int64) of the token after each memory, `[memories, 1]`. */
export function memoryLosses(
  model: MemoryModel,
  params: Tree<Tensor>,
  memory: Tensor,
  next: Tensor,
): { losses: Tensor; predictions: Tensor } {
  const hidden = model.memory.read(params, memory);
  const rows = hidden.shape[0]!;
  return sequenceLosses(
    reshape(hidden, [rows, 1, -1]),
    model.readout(params),
    reshape(next, [rows, 1]),
  );
}

/** Column `n` of `[batch, time]` tokens. */
export function columnOf(tokens: Int32Array, time: number, n: number): Int32Array {
  return Int32Array.from({ length: tokens.length / time }, (_, row) => tokens[row * time + n]!);
}

/**
 * The memories of a free-running rollout: entry n is after the first n tokens, 0 to `time`.
 *
 * @param from the memory before the first token; by default the network's own initial state
 */
export async function rollOut(
  rollout: Rollout,
  inputs: Int32Array,
  time: number,
  from?: Float32Array,
): Promise<Float32Array[]> {
  const memories = [from ?? (await rollout.start())];
  while (memories.length <= time) {
    const read = memories.length - 1;
    const memory = memories.at(-1)!;
    if (read + STRIDE <= time) {
      memories.push(...(await rollout.stride(memory, columnsOf(inputs, time, read, STRIDE))));
    } else memories.push(await rollout.advance(memory, columnOf(inputs, time, read)));
  }
  return memories;
}

/** Columns from `n` on of `[batch, time]` tokens, `[batch, count]`. */
function columnsOf(tokens: Int32Array, time: number, n: number, count: number): Int32Array {
  const rows = tokens.length / time;
  const columns = new Int32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    columns.set(tokens.subarray(row * time + n, row * time + n + count), row * count);
  }
  return columns;
}
