// How often training goes through a limited amount of data.

import { plural } from '../core/index.ts';
import type { PreparedStage } from './prepare.ts';

/** A sentence if training sees sequences more than once. */
export function describeEpochs({ stage, data }: PreparedStage): string | null {
  const needed = stage.steps * data.batchSize;
  const { trainingCount } = data;
  if (trainingCount === undefined || needed <= trainingCount) return null;
  return (
    `the data set has ${plural(trainingCount, 'sequence')} to train on; stage '${stage.name}' goes through them ` +
    `${(needed / trainingCount).toFixed(1)} times, each time in another order`
  );
}
