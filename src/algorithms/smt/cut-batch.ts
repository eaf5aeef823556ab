// The arrays of a step of SMT, cut out of a batch of sequences.

import { foldIn, type Key, type NdArray } from '../../core/index.ts';
import type { TeacherConfig } from '../../nn/index.ts';
import type { TokenBatch } from '../../text/batches.ts';
import { type BatchShape, tokenArray } from '../memory/batch-shape.ts';
import { countMemoryTokens, smtBatchSpecs } from './smt-forward.ts';
import {
  choosePositions,
  cutContexts,
  cutFutures,
  flatPositions,
  type SupervisionPlan,
  sampleRows,
} from './supervision.ts';

/**
 * The arrays of a step: a pure function of the batch and the key.
 *
 * @param parts into which the step cuts the arrays: numbers of rows count within each part
 */
export function cutBatch(
  config: TeacherConfig,
  plan: SupervisionPlan,
  shape: BatchShape,
  batch: TokenBatch,
  key: Key,
  parts = 1,
): { arrays: Readonly<Record<string, NdArray>>; positions: readonly (readonly number[])[] } {
  const { time } = shape;
  const positions = choosePositions(plan, shape, foldIn(key, 'positions'));
  const part = { ...shape, batchSize: shape.batchSize / parts };
  const tokens = countMemoryTokens(config, plan, part);
  const size = smtBatchSpecs(config, plan, part).sample!.shape[0]!;
  const sampleKey = foldIn(key, 'uniformity');
  const eachPart = (make: (index: number) => NdArray) =>
    joinIds(Array.from({ length: parts }, (_, index) => make(index)));
  const common = {
    ...cutFutures(batch, positions, plan.futureLength, shape),
    sample: eachPart((index) =>
      sampleRows(index === 0 ? sampleKey : foldIn(sampleKey, index), tokens, size),
    ),
  };
  if (config.encoder === 'bidirectional') {
    return {
      arrays: { ...common, ...cutContexts(batch, positions, plan.contextLength, time) },
      positions,
    };
  }
  const rowsOf = (index: number) =>
    positions.slice(index * part.batchSize, (index + 1) * part.batchSize);
  return {
    arrays: {
      ...common,
      inputs: tokenArray(batch.inputs, shape),
      positions: eachPart((index) => flatPositions(rowsOf(index), time)),
    },
    positions,
  };
}

function joinIds(lists: readonly NdArray[]): NdArray {
  const data = Int32Array.from(lists.flatMap((list) => Array.from(list.data, Number)));
  return { dtype: 'int32', shape: [data.length], data };
}
