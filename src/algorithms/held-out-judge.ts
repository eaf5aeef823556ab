// Held-out losses of a model in training.

import { type ArraySpec, mean as meanOf, type Tree } from '../core/index.ts';
import { openTokenLosses, type TokenLosses } from '../eval/index.ts';
import type { DeviceState } from '../tensor/tracing.ts';
import type { TokenBatch } from '../text/batches.ts';
import type { DataFacts, LearnerContext, Measures } from './algorithm.ts';
import { shapeOf } from './memory/batch-shape.ts';
import { measureMemories } from './memory/measure-memories.ts';
import { hasMemory } from './memory/memory-model.ts';
import { openRollout } from './memory/rollout.ts';

/** Measures held-out batches. */
export type HeldOutJudge = {
  evaluate(batches: Iterable<TokenBatch>): Promise<Measures>;
  close(): Promise<void>;
};

/**
 * Held-out losses: by the step program if a model has a memory, otherwise by `openTokenLosses`. Held-out sequences start from the
 * initial state, also for streams.
 */
export async function openHeldOutJudge(
  { device, model, data }: Pick<LearnerContext, 'device' | 'model' | 'data'>,
  state: DeviceState<Tree<ArraySpec>>,
): Promise<HeldOutJudge> {
  if (hasMemory(model)) {
    const rollout = await openRollout(device, model, data.batchSize, { state });
    return {
      evaluate: (batches) => measureMemories(batches, shapeOf(data), rollout),
      close: () => rollout.close(),
    };
  }
  const program = await openTokenLosses(device, model, data);
  return {
    async evaluate(batches) {
      const losses = (batch: TokenBatch) => program.run(state as never, batch);
      return { loss: await meanLoss(losses, batches, data) };
    },
    close: () => program.close(),
  };
}

/** The mean over all targets that count. */
async function meanLoss(
  lossesOf: (batch: TokenBatch) => Promise<TokenLosses>,
  batches: Iterable<TokenBatch>,
  data: DataFacts,
): Promise<number> {
  const { batchSize, contextLength: time, firstPosition } = data;
  const means: number[] = [];
  let [total, count] = [0, 0];
  for (const batch of batches) {
    const { losses } = await lossesOf(batch);
    means.push(meanOf(losses));
    if (!batch.weights) continue;
    for (let row = 0; row < batchSize; row++) {
      for (let t = firstPosition; t < time; t++) {
        const weight = batch.weights[row * time + t]!;
        total += weight * losses[row * (time - firstPosition) + t - firstPosition]!;
        count += weight;
      }
    }
  }
  return count > 0 ? total / count : meanOf(means);
}
