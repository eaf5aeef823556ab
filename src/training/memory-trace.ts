// What a recurrent network holds while it reads: its memories along held-out sequences, as plain data for pictures.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { LiveModel } from '../algorithms/algorithm.ts';
import {
  columnOf,
  type MemoryModel,
  openRollout,
  principalComponents,
  type Rollout,
  requireMemory,
  rollOut,
  shapeOf,
  targetWeights,
} from '../algorithms/memory/index.ts';
import { type ArraySpec, type NdArray, spec, type Tree, UserError } from '../core/index.ts';
import { readCheckedJson } from '../files/checked-json.ts';
import type { Device, Tensor } from '../tensor/index.ts';
import type { OpenedData } from './data/data.ts';
import type { OpenedModel } from './open-model.ts';

/** Components that memories are shown along. */
const COMPONENTS = 3;
/** Memories of all sequences together, at most: the components take time that grows with their square. */
const MOST_MEMORIES = 2000;
/** Sequences of a trace, at most. */
const MOST_TRACED = 16;

const numbers = z.array(z.number());
const sequenceSchema = z.object({
  /** Tokens that were read, and those that should be predicted: the same, one further. */
  tokens: z.array(z.int().nonnegative()),
  targets: z.array(z.int().nonnegative()),
  /** Memories before the first token and after each, along the components. */
  memories: z.array(numbers),
  /** How far each token moved the memory: the root mean square of the difference. */
  movement: numbers,
  /** Whether the next token counts in the loss of the stage, as the answers of a task do. */
  counted: z.array(z.boolean()),
  /** Loss of the next token (nats) and the most probable one, after each token. */
  losses: numbers,
  predictions: z.array(z.int()),
  /** From the middle of the sequence on the network reads its own most probable tokens. */
  free: z.object({
    from: z.int().nonnegative(),
    tokens: z.array(z.int()),
    memories: z.array(numbers),
  }),
  /** Where the cell looks, for each token and layer, the mean over heads: rows read, columns are read, the token last. */
  attention: z.array(z.array(z.array(numbers))).nullable(),
});

const traceSchema = z.object({
  format: z.literal(1),
  stage: z.string(),
  /** Numbers of a memory: its tokens, and the width of each. */
  memoryTokens: z.int().positive(),
  hiddenSize: z.int().positive(),
  /** If tokens are text: what those that occur stand for. */
  names: z.record(z.string(), z.string()).nullable(),
  /** Shares of the variance of memories along the components, falling. */
  shares: numbers,
  sequences: z.array(sequenceSchema),
});

export type MemoryTrace = z.infer<typeof traceSchema>;

/** Where a run keeps the trace of its model. */
export function memoryTracePath(directory: string): string {
  return path.join(directory, 'memory-trace.json');
}

/**
 * The trace in a run's folder; null where there is none.
 *
 * @throws UserError if the file is damaged
 */
export function readMemoryTrace(directory: string): MemoryTrace | null {
  const file = memoryTracePath(directory);
  return existsSync(file) ? readCheckedJson(file, traceSchema, 'a trace of memories') : null;
}

export type TraceOptions = {
  /** Held-out sequences, from the first one on. */
  readonly sequences: number;
  /** Tokens of each; by default those that the stage reads. */
  readonly tokens?: number | undefined;
};

/**
 * Reads held-out sequences with a recurrent network and writes down what it holds. Nothing is random.
 *
 * @throws UserError for a model without a memory of constant size, or more sequences than there are
 */
export async function traceMemory(
  device: Device,
  { model: any, state }: OpenedModel,
  data: OpenedData,
  stage: string,
  { sequences, tokens }: TraceOptions,
): Promise<MemoryTrace> {
  const model = requireMemory('a trace of memories', any);
  const [batch] = data.heldOut;
  const available = batch ? batch.inputs.length / data.contextLength : 0;
  if (sequences > Math.min(available, MOST_TRACED)) {
    throw new UserError(`${sequences} sequences are more than can be traced`, {
      hint: `take ${Math.min(available, MOST_TRACED)} at most`,
    });
  }
  const longest = Math.floor(MOST_MEMORIES / sequences / 2) - 1;
  const time = Math.min(tokens ?? data.contextLength, data.contextLength, longest);
  const cut = (all: Int32Array) =>
    Int32Array.from(
      { length: sequences * time },
      (_, i) => all[Math.floor(i / time) * data.contextLength + (i % time)]!,
    );
  if (time < 2) {
    throw new UserError('a trace reads two tokens at least', { hint: 'leave --tokens out' });
  }
  const inputs = cut(batch!.inputs);
  const targets = cut(batch!.targets);
  const weights = targetWeights(batch!, shapeOf(data));
  const params = state as unknown as ParamsState;
  const rollout = await openRollout(device, model, sequences, { state: params });
  const attend = await openAttention(device, model, sequences, params);
  try {
    const memories = await rollOut(rollout, inputs, time);
    const judged = await judgeAll(rollout, memories.slice(1), targets, time);
    const from = Math.floor(time / 2);
    const free = await runFree(rollout, memories[from]!, judged.predictions[from - 1]!, {
      steps: time - from,
      sequences,
    });
    const attention = attend && (await attendAll(attend, memories, inputs, time));
    const width = memories[0]!.length / sequences;
    const all = [...memories, ...free.memories];
    const points = new Float64Array(all.length * sequences * width);
    for (const [i, memory] of all.entries()) points.set(memory, i * sequences * width);
    const { coordinates, shares } = principalComponents(points, width, COMPONENTS);
    const place = (n: number, row: number) =>
      Array.from(
        coordinates.subarray((n * sequences + row) * COMPONENTS).subarray(0, COMPONENTS),
        round,
      );
    return {
      format: 1,
      stage,
      memoryTokens: model.memory.sizes.memoryTokens,
      hiddenSize: model.memory.sizes.hiddenSize,
      names: nameTokens(data, [inputs, targets, ...judged.predictions, ...free.tokens]),
      shares: shares.map(round),
      sequences: Array.from({ length: sequences }, (_, row) => {
        const own = [...inputs.subarray(row * time, (row + 1) * time)];
        const made = free.tokens.map((column) => column[row]!);
        return {
          tokens: own,
          targets: [...targets.subarray(row * time, (row + 1) * time)],
          memories: memories.map((_, n) => place(n, row)),
          movement: own.map((_, t) => round(distance(memories[t]!, memories[t + 1]!, row, width))),
          counted: own.map((_, t) => weights[row * data.contextLength + t]! > 0),
          losses: judged.losses.map((column) => round(column[row]!)),
          predictions: judged.predictions.map((column) => column[row]!),
          free: {
            from,
            tokens: made,
            memories: free.memories.map((_, n) => place(memories.length + n, row)),
          },
          attention: attention?.map((layers) => layers.map((layer) => layer[row]!)) ?? null,
        };
      }),
    };
  } finally {
    await Promise.all([rollout.close(), attend?.close()]);
  }
}

/** What tokens stand for; null if they are not text. */
function nameTokens({ tokenizer }: OpenedData, lists: readonly Int32Array[]) {
  if (!tokenizer) return null;
  const ids = new Set(lists.flatMap((list) => [...list]));
  return Object.fromEntries([...ids].map((id) => [id, tokenizer.decode(Int32Array.of(id))]));
}

/** More digits than a picture shows make files larger. */
function round(value: number): number {
  return Number(value.toPrecision(5));
}

function distance(a: Float32Array, b: Float32Array, row: number, width: number): number {
  let sum = 0;
  for (let i = row * width; i < (row + 1) * width; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum / width);
}

/** Losses and most probable tokens after each memory, by step and then by row. */
async function judgeAll(
  rollout: Rollout,
  memories: readonly Float32Array[],
  targets: Int32Array,
  time: number,
): Promise<{ readonly losses: Float32Array[]; readonly predictions: Int32Array[] }> {
  const losses: Float32Array[] = [];
  const predictions: Int32Array[] = [];
  for (const [t, memory] of memories.entries()) {
    const found = await rollout.judge(memory, columnOf(targets, time, t));
    losses.push(found.losses);
    predictions.push(Int32Array.from(found.predictions, Number));
  }
  return { losses, predictions };
}

/** The network on its own most probable tokens. */
async function runFree(
  rollout: Rollout,
  begin: Float32Array,
  first: Int32Array,
  { steps, sequences }: { readonly steps: number; readonly sequences: number },
): Promise<{ readonly tokens: Int32Array[]; readonly memories: Float32Array[] }> {
  const tokens = [first];
  const memories = [begin];
  const nothing = new Int32Array(sequences);
  for (let i = 0; i < steps; i++) {
    const memory = await rollout.advance(memories.at(-1)!, tokens.at(-1)!);
    memories.push(memory);
    const { predictions } = await rollout.judge(memory, nothing);
    tokens.push(Int32Array.from(predictions, Number));
  }
  return { tokens: tokens.slice(0, steps), memories };
}

type ParamsState = LiveModel['state'];

type Attend = {
  /** Weights of each layer `[batch, heads, places, places]`. */
  at(memory: Float32Array, tokens: Int32Array): Promise<NdArray[]>;
  close(): Promise<void>;
};

/** Null for cells that do not attend. */
async function openAttention(
  device: Device,
  { memory }: MemoryModel,
  batch: number,
  state: ParamsState,
): Promise<Attend | null> {
  const { attend, sizes } = memory;
  if (!attend) return null;
  const shape = [batch, sizes.memoryTokens, sizes.hiddenSize];
  const inputs = { memory: spec('float32', shape), tokens: spec('int32', [batch]) };
  const program = await device.compile({
    states: { params: state.specs },
    inputs: inputs as Record<string, Tree<ArraySpec>>,
    batched: Object.keys(inputs),
    build: ({ params }, x) => {
      const own = x as unknown as Record<keyof typeof inputs, Tensor>;
      const layers = attend(params as Tree<Tensor>, own.memory, own.tokens);
      return { outputs: Object.fromEntries(layers.map((layer, i) => [`layer${i}`, layer])) };
    },
  });
  return {
    at: async (data, tokens) => {
      const given = {
        memory: { dtype: 'float32', shape, data },
        tokens: { dtype: 'int32', shape: [batch], data: tokens },
      } as const;
      const out = await program.run({ params: state }, given).read();
      return Object.values(out as unknown as Record<string, NdArray>);
    },
    close: () => program.close(),
  };
}

/** By step, layer and row: weights, the mean over heads. */
async function attendAll(
  attend: Attend,
  memories: readonly Float32Array[],
  inputs: Int32Array,
  time: number,
): Promise<number[][][][][]> {
  const steps: number[][][][][] = [];
  for (let t = 0; t < time; t++) {
    const layers = await attend.at(memories[t]!, columnOf(inputs, time, t));
    steps.push(layers.map(meanOverHeads));
  }
  return steps;
}

function meanOverHeads({ shape, data }: NdArray): number[][][] {
  const [batch, heads, places] = shape as [number, number, number, number];
  const at = (row: number, head: number, from: number, to: number) =>
    Number(data[((row * heads + head) * places + from) * places + to]);
  return Array.from({ length: batch }, (_, row) =>
    Array.from({ length: places }, (__, from) =>
      Array.from({ length: places }, (___, to) => {
        let sum = 0;
        for (let head = 0; head < heads; head++) sum += at(row, head, from, to);
        return Number((sum / heads).toFixed(3));
      }),
    ),
  );
}
