// The places of supervision, and the contexts and futures that it cuts out of sequences.

import { z } from 'zod';
import {
  foldIn,
  type Key,
  type NdArray,
  permutation,
  randomInt,
  UserError,
} from '../../core/index.ts';
import type { EncoderKind } from '../../nn/index.ts';
import { count } from '../../nn/models/count.ts';
import type { TokenBatch } from '../../text/batches.ts';
import { type BatchShape, targetWeights } from '../memory/batch-shape.ts';

/** The places at which the teacher is supervised. */
export const supervisionOptions = z.strictObject({
  positions: z
    .union([count, z.literal('all')])
    .default(1)
    .describe(
      "Positions per sequence. A number n: one random position in each of n equal segments. 'all': every position.",
    ),
  contextLength: count
    .optional()
    .describe(
      'Most tokens of context that the teacher sees, in a sliding window; by default all since the beginning of the sequence.',
    ),
  futureLength: count
    .optional()
    .describe('Most future tokens that are decoded from a memory; by default the context length.'),
  shortContexts: z
    .boolean()
    .default(true)
    .describe(
      'Whether the teacher is also trained on contexts shorter than the window, down to none. DMT needs this, because its rollouts start without context.',
    ),
});

export type Supervision = z.output<typeof supervisionOptions>;

/** A plan of supervision for one shape of batches. */
export type SupervisionPlan = {
  readonly positions: number;
  readonly contextLength: number;
  readonly futureLength: number;
  /** Candidate places are `firstPosition` .. `time`, as numbers of tokens read. */
  readonly firstPosition: number;
};

/** @throws UserError if lengths do not fit together */
export function planSupervision(supervision: Supervision, time: number): SupervisionPlan {
  const contextLength = Math.min(supervision.contextLength ?? time, time);
  const futureLength = Math.min(supervision.futureLength ?? time, time);
  const firstPosition = supervision.shortContexts ? 0 : contextLength;
  const places = time - firstPosition + 1;
  const positions = supervision.positions === 'all' ? places : supervision.positions;
  for (const [name, value] of Object.entries({ contextLength, futureLength, positions })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new UserError(`supervision: ${name} is ${value}`, { hint: 'use a positive integer' });
  }
  if (positions > places) {
    throw new UserError(
      `supervision: ${positions} positions do not fit in sequences with ${places} places`,
      { hint: "choose fewer, or 'all'" },
    );
  }
  return { positions, contextLength, futureLength, firstPosition };
}

/** Places in each sequence, ascending, `[batch][positions]`: a pure function of the key. */
export function choosePositions(plan: SupervisionPlan, shape: BatchShape, key: Key): number[][] {
  const places = shape.time - plan.firstPosition + 1;
  return Array.from({ length: shape.batchSize }, (_, row) =>
    Array.from({ length: plan.positions }, (_unused, i) => {
      const from = Math.floor((i * places) / plan.positions);
      const to = Math.floor(((i + 1) * places) / plan.positions);
      const offset = to - from === 1 ? 0 : randomInt(foldIn(foldIn(key, row), i), to - from);
      return plan.firstPosition + from + offset;
    }),
  );
}

/** Token `n` of a row, 0 to `time`: the last one is a target only. */
function tokenAt({ inputs, targets }: TokenBatch, time: number, row: number, n: number): number {
  return n < time ? inputs[row * time + n]! : targets[row * time + time - 1]!;
}

/** The futures after places of each row, with the weight of each of their tokens, `[batch · positions, futureLength]`. */
export function cutFutures(
  batch: TokenBatch,
  positions: readonly (readonly number[])[],
  futureLength: number,
  shape: BatchShape,
): { future: NdArray; futureWeights: NdArray } {
  const { time } = shape;
  const counted = targetWeights(batch, shape);
  const rows = positions.reduce((sum, list) => sum + list.length, 0);
  const future = new Int32Array(rows * futureLength);
  const weights = new Float32Array(rows * futureLength);
  let at = 0;
  positions.forEach((list, row) => {
    for (const position of list) {
      for (let i = 0; i < futureLength && position + i <= time; i++) {
        const n = position + i;
        future[at + i] = tokenAt(batch, time, row, n);
        // Token n is target n − 1; the first token is none.
        if (n > 0) weights[at + i] = counted[row * time + n - 1]!;
      }
      at += futureLength;
    }
  });
  const sizes = [rows, futureLength];
  return {
    future: { dtype: 'int32', shape: sizes, data: future },
    futureWeights: { dtype: 'float32', shape: sizes, data: weights },
  };
}

/**
 * The contexts before places of each row, aligned to the right, each followed by the next token.
 *
 * @returns contexts `[batch · positions, contextLength + 1]`, lengths `[batch · positions]` without that token
 */
export function cutContexts(
  batch: TokenBatch,
  positions: readonly (readonly number[])[],
  contextLength: number,
  time: number,
): { contexts: NdArray; lengths: NdArray } {
  const width = contextLength + 1;
  const lengths = Int32Array.from(positions.flat(), (n) => Math.min(n, contextLength));
  const contexts = new Int32Array(lengths.length * width);
  let at = 0;
  positions.forEach((list, row) => {
    for (const position of list) {
      for (let back = 0; back <= Math.min(position, contextLength); back++) {
        contexts[at + contextLength - back] = tokenAt(batch, time, row, position - back);
      }
      at += width;
    }
  });
  return {
    contexts: { dtype: 'int32', shape: [lengths.length, width], data: contexts },
    lengths: { dtype: 'int32', shape: [lengths.length], data: lengths },
  };
}

/** Numbers of the rows of all places in `[batch, time + 1]`, flat: int32 `[batch · positions]`. */
export function flatPositions(positions: readonly (readonly number[])[], time: number): NdArray {
  const data = Int32Array.from(
    positions.flatMap((list, row) => list.map((n) => row * (time + 1) + n)),
  );
  return { dtype: 'int32', shape: [data.length], data };
}

/** `size` different numbers below `count`, int32 `[size]`: a pure function of the key. */
export function sampleRows(key: Key, count: number, size: number): NdArray {
  const data = Int32Array.from(permutation(key, count).subarray(0, size));
  return { dtype: 'int32', shape: [size], data };
}

/** @throws UserError if the encoder cannot read the contexts of the supervision */
export function checkEncoder(encoder: EncoderKind, supervision: Supervision, time: number): void {
  const slides = supervision.contextLength !== undefined && supervision.contextLength < time;
  if (encoder === 'bidirectional' || (!slides && supervision.shortContexts)) return;
  throw new UserError('supervision: the causal encoder reads all contexts from their beginning', {
    hint: "leave contextLength out and shortContexts on, or choose encoder 'bidirectional'",
  });
}
