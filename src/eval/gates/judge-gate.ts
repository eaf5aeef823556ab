// The gate: a source model against every predictor of its world, on the same held-out targets.

import { isDelimiter } from '../../worlds/world.ts';
import { createPredictors, PREDICTORS_VERSION, type PredictorKind } from './create-predictors.ts';
import { firstFrame, meanByFrame, meanBySequence } from './frame-sums.ts';
import type { GateWorld } from './gate-world.ts';
import { type BaselineLosses, type Judgment, judgeLosses } from './judge-losses.ts';
import { mixLosses } from './mix-losses.ts';
import { scoreSequences } from './score-sequences.ts';

/** A predictor's losses on the held-out sequences. */
export type GateBaseline = {
  readonly name: string;
  readonly kind: PredictorKind;
  /** Nats per target; NaN where no sequence has one. */
  readonly loss: number;
  /** Nats per cell's token, by frame, or by chunk where there are no frames. */
  readonly byFrame: readonly (number | null)[];
};

/** Losses of predictors on held-out sequences. */
export type GateBaselines = {
  readonly baselines: readonly GateBaseline[];
  readonly losses: readonly BaselineLosses[];
  /** Number of the frame that lists by frame start with. */
  readonly firstFrame: number;
  /** Training sequences that the predictors learned from. */
  readonly trainingSequences: number;
};

/**
 * Scores every predictor that a world has.
 *
 * @param training sequences that were trained on, for frequencies and prior weights
 */
export function measureBaselines(
  world: GateWorld,
  training: readonly Int32Array[],
  heldOut: readonly Int32Array[],
): GateBaselines {
  const scored = scorePredictors(world, training, heldOut).map(({ name, kind, losses }) => {
    const bySequence = meanBySequence(world, heldOut, losses);
    const loss = bySequence.reduce((sum, x) => sum + x, 0) / bySequence.length;
    const byFrame = meanByFrame(world, heldOut, losses);
    return { baseline: { name, kind, loss, byFrame }, losses: { name, kind, losses: bySequence } };
  });
  return {
    baselines: scored.map(({ baseline }) => baseline),
    losses: scored.map(({ losses }) => losses),
    firstFrame: firstFrame(world),
    trainingSequences: training.length,
  };
}

type Scored = {
  readonly name: string;
  readonly kind: PredictorKind;
  /** Nats of each target, by sequence. */
  readonly losses: Float64Array[];
};

/** The losses of all predictors, and where there are frames, of the mixture of the blind ones, which comes after them. */
function scorePredictors(
  world: GateWorld,
  training: readonly Int32Array[],
  heldOut: readonly Int32Array[],
): Scored[] {
  const scored = createPredictors(world, training).map(({ name, kind, predictor }): Scored => {
    return { name, kind, losses: scoreSequences(world, predictor, heldOut) };
  });
  if (world.frame === null) return scored;
  const blind = scored.filter(({ kind }) => kind === 'blind');
  const mixture = mixLosses(blind.map(({ losses }) => losses));
  const isLookup = ({ kind }: Scored) => kind === 'lookup';
  return [
    ...scored.filter((one) => !isLookup(one)),
    { name: 'blind mixture', kind: 'blind', losses: mixture },
    ...scored.filter(isLookup),
  ];
}

/** Held-out sequences with the model's losses and predictions. */
export type ModelOutput = {
  readonly heldOut: readonly Int32Array[];
  /** Per held-out sequence: loss and prediction of targets firstTarget, firstTarget + 1, ... */
  readonly losses: readonly ArrayLike<number>[];
  readonly predictions: readonly ArrayLike<number>[];
  /** Different sequences that the model was trained on. */
  readonly trainedSequences: number;
};

/**
 * The rules of the held-out sequences:
 * - `fresh`: rules that were never trained on;
 * - `reused`: rules of the same pool that training draws from, in sequences of their own;
 * - `fixed`: the one law of the world.
 */
export type HeldOutRules = 'fresh' | 'reused' | 'fixed';

export type GateResult = Judgment & {
  /** The set of predictors that the verdict was made with. */
  readonly predictorsVersion: number;
  /** Null in a control, which has no visible rule. */
  readonly heldOutRules: HeldOutRules | null;
  readonly baselines: readonly GateBaseline[];
  readonly firstFrame: number;
  /** The model's nats per cell's token, by frame. */
  readonly byFrame: readonly (number | null)[];
  /** Share of cells' tokens that the model predicted, by frame. */
  readonly accuracyByFrame: readonly (number | null)[];
  /** Cells that differ from the frame before: their share, and the share of them that the model predicted. */
  readonly changed: { readonly share: number; readonly accuracy: number } | null;
  /** The same model on new initial states of rules that it was trained on; null if rules are not fresh. */
  readonly seenRules: SeenRules | null;
  /** The rise of the loss if the frame before is shuffled; null without frames. */
  readonly shuffledFrame: ShuffledFrame | null;
};

export type SeenRules = {
  /** Nats per target. */
  readonly loss: number;
  readonly standardError: number;
  readonly sequences: number;
};

export type ShuffledFrame = {
  /** Nats per cell's token of the last whole frame. */
  readonly loss: number;
  /** The same after the cells' tokens of the frame before were shuffled. */
  readonly shuffledLoss: number;
  /** 95 % interval of the rise over sequences; null for a single one. */
  readonly interval: readonly [number, number] | null;
  readonly sequences: number;
};

/** Judges a model's losses on held-out sequences. Delimiters count as known, as for the predictors. */
export function judgeGate(
  world: GateWorld,
  { heldOut, losses, predictions, trainedSequences }: ModelOutput,
  measured: GateBaselines,
  probes: Pick<GateResult, 'seenRules' | 'shuffledFrame'>,
): GateResult {
  const hits = heldOut.map((tokens, s) =>
    Array.from(predictions[s]!, (token, i) => Number(token === tokens[i + world.firstTarget])),
  );
  return {
    ...judgeLosses(meanBySequence(world, heldOut, losses), measured.losses, {
      control: world.learnable === 'frequencies',
      memory: world.freshRules
        ? null
        : { remembered: measured.trainingSequences, trained: trainedSequences },
    }),
    predictorsVersion: PREDICTORS_VERSION,
    heldOutRules: nameRules(world),
    baselines: measured.baselines,
    firstFrame: measured.firstFrame,
    byFrame: meanByFrame(world, heldOut, losses),
    accuracyByFrame: meanByFrame(world, heldOut, hits),
    changed: measureChanged(world, heldOut, predictions),
    ...probes,
  };
}

function nameRules({ learnable, freshRules }: GateWorld): HeldOutRules | null {
  if (learnable === 'frequencies') return null;
  if (learnable === 'fixed') return 'fixed';
  return freshRules ? 'fresh' : 'reused';
}

function measureChanged(
  world: GateWorld,
  heldOut: readonly Int32Array[],
  predictions: readonly ArrayLike<number>[],
): GateResult['changed'] {
  const { frame, frameLength, firstTarget } = world;
  if (frame === null) return null;
  const { colors, patch, delimiters } = frame;
  const cells = patch.height * patch.width;
  let [all, changed, right] = [0, 0, 0];
  heldOut.forEach((tokens, s) => {
    for (let t = firstTarget; t < tokens.length; t++) {
      if (isDelimiter(world, t)) continue;
      const predicted = predictions[s]![t - firstTarget]!;
      const isCells = predicted !== delimiters.start && predicted !== delimiters.end;
      let [now, before, guess] = [tokens[t]!, tokens[t - frameLength]!, predicted];
      for (let k = 0; k < cells; k++) {
        all += 1;
        if (now % colors !== before % colors) {
          changed += 1;
          right += Number(isCells && guess % colors === now % colors);
        }
        now = Math.floor(now / colors);
        before = Math.floor(before / colors);
        guess = Math.floor(guess / colors);
      }
    }
  });
  return changed === 0 ? null : { share: changed / all, accuracy: right / changed };
}
