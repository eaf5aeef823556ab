// The loss of DMT, the stage after SMT (arXiv 2606.06479), traced over the memories of a rollout.

import { type ArraySpec, spec, UserError } from '../../core/index.ts';
import type { RecurrentParams } from '../../nn/index.ts';
import {
  add,
  concat,
  expand,
  meanSquaredError,
  mul,
  reshape,
  slice,
  type Tensor,
} from '../../tensor/tracing.ts';
import type { BatchShape } from '../memory/batch-shape.ts';
import { advanceMemory, type MemoryModel } from '../memory/memory-model.ts';
import { memoryLosses } from '../memory/rollout.ts';
import { weightedMean } from '../memory/weighted-mean.ts';
import type { Forward, Part } from '../train-step.ts';

export type DmtWeights = { readonly memory: number; readonly readout: number };

/** As published. */
export const DMT_WEIGHTS: DmtWeights = { memory: 10, readout: 1 };

/** Which memories are compared with the teacher's, and how far their gradients go back. */
export type DmtSchedule = {
  /** Every k-th memory is compared (16 as published), besides the one after the first token. */
  readonly every: number;
  /**
   * Steps that a gradient goes back through: 1 as published, where each step's input memory is detached; at most
   * `every`.
   */
  readonly gradientSteps: number;
};

/** Numbers of tokens read where memories are compared: `every`, 2 · `every`, ... up to `time`. */
export function comparedPlaces({ every }: DmtSchedule, time: number): number[] {
  return Array.from({ length: Math.floor(time / every) }, (_, i) => (i + 1) * every);
}

/** @throws UserError if a schedule does not fit */
export function checkSchedule({ every, gradientSteps }: DmtSchedule, time: number): void {
  const whole = [every, gradientSteps].every((n) => Number.isInteger(n) && n >= 1);
  if (whole && every <= time && gradientSteps <= every) return;
  throw new UserError(
    `DMT: every ${every} and gradientSteps ${gradientSteps} do not fit sequences of ${time} tokens`,
    { hint: 'use 1 ≤ gradientSteps ≤ every ≤ tokens of a sequence' },
  );
}

/**
 * Arrays that a step is given. Rows of `start`, `tokens` and `goal` are segments: batch by compared place.
 * - `start [segments, K, d]`: rolled-out memories `gradientSteps` before the compared places
 * - `tokens [segments, gradientSteps]`: the tokens from there
 * - `goal [segments, K, d]`: the teacher's memories at the compared places
 * - `firstTokens [batch]`, `firstGoal [batch, K, d]`: the first token, and the teacher's memory after it
 * - `rolled [batch · time, K, d]`: rolled-out memories after each token; `targets`, `weights` `[batch · time]`
 */
export function dmtBatchSpecs(
  { memory: { sizes } }: MemoryModel,
  schedule: DmtSchedule,
  { batchSize, time }: BatchShape,
): Readonly<Record<string, ArraySpec>> {
  const segments = batchSize * comparedPlaces(schedule, time).length;
  const memories = (rows: number) => spec('float32', [rows, sizes.memoryTokens, sizes.hiddenSize]);
  return {
    start: memories(segments),
    tokens: spec('int32', [segments, schedule.gradientSteps]),
    goal: memories(segments),
    firstTokens: spec('int32', [batchSize]),
    firstGoal: memories(batchSize),
    rolled: memories(batchSize * time),
    targets: spec('int32', [batchSize * time]),
    weights: spec('float32', [batchSize * time]),
  };
}

/**
 * weight.memory · MSE of the cell's memories against the teacher's + weight.readout · cross-entropy of the readout of the
 * rolled-out memories. The memories are data here: no gradient goes through the rollout, except for `gradientSteps` steps
 * before each compared place. The step from the network's own initial state trains that state too.
 */
export function dmtForward(
  model: MemoryModel,
  params: RecurrentParams<Tensor>,
  { batch, whole, parts }: Pick<Part, 'batch' | 'whole' | 'parts'>,
  weights: DmtWeights,
): Forward {
  const steps = batch.tokens!.shape[1]!;
  let memory = batch.start!;
  for (let i = 0; i < steps; i++) {
    const token = reshape(slice(batch.tokens!, 1, i, i + 1), [-1]);
    memory = advanceMemory(model, params, memory, token);
  }
  const initial = expand(params.initial, batch.firstGoal!.shape);
  const first = advanceMemory(model, params, initial, batch.firstTokens!);
  const memoryLoss = meanSquaredError(
    concat([memory, first], 0),
    concat([batch.goal!, batch.firstGoal!], 0),
  );
  const { losses } = memoryLosses(model, params, batch.rolled!, batch.targets!);
  const readout = weightedMean(reshape(losses, [-1]), batch.weights!, {
    weights: whole.weights!,
    parts,
  });
  const loss = add(mul(memoryLoss, weights.memory), mul(readout, weights.readout));
  return { loss, metrics: { memory: memoryLoss, readout } };
}
