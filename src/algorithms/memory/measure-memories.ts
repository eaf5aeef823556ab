// Held-out measures of models with a memory: losses and hits along sequences, drift, effective rank.

import type { TokenBatch } from '../../text/batches.ts';
import type { Measures } from '../algorithm.ts';
import { type BatchShape, targetWeights } from './batch-shape.ts';
import { effectiveRank, meanSquaredDifference } from './memory-statistics.ts';
import { columnOf, type Rollout, rollOut, type StepLosses } from './rollout.ts';

/** A teacher's memories at given places of sequences, outside training. */
export type TeacherMemories = {
  /** Memories after the first `n` tokens of each row, for every n of `places`: row-major `[batch, K, d]` each. */
  at(batch: TokenBatch, places: readonly number[]): Promise<Float32Array[]>;
  close(): Promise<void>;
};

/** Upper limit of the memories that enter the effective rank. */
const RANK_SAMPLE = 256;

type Curve = {
  /** Sums over counted targets, by position. */
  readonly loss: Float64Array;
  readonly hits: Float64Array;
  readonly weight: Float64Array;
};

/**
 * Losses (nats) and shares of hits over the targets that count, of three ways to read out a memory:
 * - `rolledOut`: the network's memory after all tokens since its own initial state;
 * - `oneStep`: the network's step from the teacher's memory a token before;
 * - `teacher`: the teacher's memory.
 *
 * With them `drift`, the mean squared difference between the rolled-out memory and the teacher's, over all positions,
 * at the last one (`driftAtEnd`) and by position, and `effectiveRank` of rolled-out memories (`teacherRank` of the
 * teacher's). Entry t of a series belongs to the memory after t + 1 tokens. Without a teacher, only measures of the rollout are reported.
 */
export async function measureMemories(
  batches: Iterable<TokenBatch>,
  shape: BatchShape,
  rollout: Rollout,
  teacher?: TeacherMemories,
): Promise<Measures & Required<Pick<Measures, 'parts'>>> {
  const { time } = shape;
  const curve = (): Curve => ({
    loss: new Float64Array(time),
    hits: new Float64Array(time),
    weight: new Float64Array(time),
  });
  const rolled = curve();
  const oneStep = curve();
  const taught = curve();
  const drift = new Float64Array(time);
  const ranks: number[] = [];
  const teacherRanks: number[] = [];
  let count = 0;
  for (const batch of batches) {
    count += 1;
    const weights = targetWeights(batch, shape);
    const own = await rollOut(rollout, batch.inputs, time);
    const theirs = await teacher?.at(
      batch,
      Array.from({ length: time + 1 }, (_, n) => n),
    );
    for (let t = 0; t < time; t++) {
      if (theirs) drift[t]! += meanSquaredDifference(own[t + 1]!, theirs[t + 1]!);
      const column = columnWeights(weights, shape, t);
      if (column.every((w) => w === 0)) continue;
      const next = columnOf(batch.targets, time, t);
      const judge = async (into: Curve, memory: Float32Array) =>
        addTo(into, t, await rollout.judge(memory, next), next, column);
      await judge(rolled, own[t + 1]!);
      if (!theirs) continue;
      await judge(taught, theirs[t + 1]!);
      const inputs = columnOf(batch.inputs, time, t);
      await judge(oneStep, await rollout.advance(theirs[t]!, inputs));
    }
    ranks.push(rankOf(own, shape));
    if (theirs) teacherRanks.push(rankOf(theirs, shape));
  }
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const byStep = Array.from(drift, (x) => x / count);
  const parts = describe('rolledOut', rolled);
  return {
    loss: parts.rolledOutLoss!,
    parts: {
      ...parts,
      effectiveRank: mean(ranks),
      ...(teacher
        ? {
            ...describe('oneStep', oneStep),
            ...describe('teacher', taught),
            drift: mean(byStep),
            driftAtEnd: byStep.at(-1)!,
            teacherRank: mean(teacherRanks),
          }
        : {}),
    },
    series: {
      rolledOutLoss: Array.from(rolled.loss, (x, t) => x / rolled.weight[t]!),
      ...(teacher ? { drift: byStep } : {}),
    },
  };
}

/** The weights of target `t` of each row. */
function columnWeights(
  weights: Float32Array,
  { batchSize, time }: BatchShape,
  t: number,
): readonly number[] {
  return Array.from({ length: batchSize }, (_, row) => weights[row * time + t]!);
}

function addTo(
  curve: Curve,
  t: number,
  { losses, predictions }: StepLosses,
  next: Int32Array,
  weights: readonly number[],
): void {
  weights.forEach((w, row) => {
    curve.loss[t]! += w * losses[row]!;
    curve.hits[t]! += w * Number(Number(predictions[row]) === next[row]);
    curve.weight[t]! += w;
  });
}

function describe(name: string, { loss, hits, weight }: Curve): Record<string, number> {
  const total = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  return {
    [`${name}Loss`]: total(loss) / total(weight),
    [`${name}Accuracy`]: total(hits) / total(weight),
  };
}

/** A sample of memories, spread over all positions and rows; the initial state, which all share, is left out. */
function rankOf(memories: readonly Float32Array[], { batchSize }: BatchShape): number {
  const width = memories[0]!.length / batchSize;
  const total = (memories.length - 1) * batchSize;
  const count = Math.min(RANK_SAMPLE, total);
  const sample = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const at = Math.floor((i * total) / count);
    const row = at % batchSize;
    const memory = memories[1 + Math.floor(at / batchSize)]!;
    sample.set(memory.subarray(row * width, (row + 1) * width), i * width);
  }
  return effectiveRank(sample, width);
}
