// The loss of the next token: of whole sequences at once, or step by step through a state of constant size, which is
// backpropagation through time (Werbos 1990).

import type { Tree } from '../../core/index.ts';
import { type Model, scanSequence, sequenceLosses } from '../../nn/index.ts';
import { add, mean, slice, sqrt, square, sum, type Tensor } from '../../tensor/tracing.ts';
import { constantStepping } from '../first-state.ts';
import { weightedMean } from '../memory/weighted-mean.ts';
import type { Forward, Part } from '../train-step.ts';

export type NextTokenSettings = {
  /** Inputs before this position have no counted target. */
  readonly firstPosition: number;
  /** Gradients go back to the last multiple of this many steps; null: through all steps. */
  readonly truncate: number | null;
  /** Steps between the states that are kept for gradients; null: everything that gradients need is kept. */
  readonly checkpointEvery: number | null;
};

/**
 * Cross-entropy of the next token: a mean over the targets from `firstPosition` on, weighted by `weights` if the batch has
 * them.
 *
 * If a model goes through sequences step by step, `memoryGradients [time]` shows how far the loss reaches back: entry t is the
 * norm of the gradient of a sequence's own loss with respect to its state after t + 1 tokens, averaged over the batch. It has
 * one row of `time` for each part of the batch; the rows are to be added.
 *
 * @param part arrays `inputs`, `targets` and, if any, `weights`, `[batch, time]` each
 */
export function nextTokenForward(
  model: Model,
  params: Tree<Tensor>,
  { batch, whole, parts, key, carried }: Part,
  { firstPosition, truncate, checkpointEvery }: NextTokenSettings,
): Forward {
  const stepping = constantStepping(model);
  const stepwise = truncate !== null || checkpointEvery !== null || carried !== undefined;
  const scans = stepping && (stepping.scan || stepwise);
  const scanned = scans
    ? scanSequence(model, params, batch.inputs!, {
        dropoutKey: key,
        state: carried,
        truncate: truncate ?? undefined,
        checkpointEvery: checkpointEvery ?? undefined,
      })
    : null;
  const hidden = scanned?.hidden ?? model.forward(params, batch.inputs!, { dropoutKey: key });
  const { losses } = sequenceLosses(hidden, model.readout(params), batch.targets!, {
    firstPosition,
  });
  const counted = (weights: Tensor) => slice(weights, 1, firstPosition);
  const loss = batch.weights
    ? weightedMean(losses, counted(batch.weights), { weights: counted(whole.weights!), parts })
    : mean(losses);
  if (!scanned) return { loss };
  return {
    loss,
    watch: watchStates(scanned.probes),
    ...(carried === undefined ? {} : { carried: scanned.state }),
  };
}

function watchStates(probes: readonly Tensor[]): NonNullable<Forward['watch']> {
  return {
    tensors: probes,
    report: (found) => {
      // [time, batch] each.
      const squares = found.map((g) =>
        sum(square(g), { axes: g.shape.slice(2).map((_, i) => i + 2) }),
      );
      // Each row's gradient is of its own loss over the number of rows: their sum is the mean over the batch.
      return { memoryGradients: sum(sqrt(squares.reduce(add)), { axes: [1] }) };
    },
  };
}
