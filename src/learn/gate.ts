// The learnability gate: before a transfer is believed, the source model must have learnt to infer
// rules in context, or the law of a world that has only one. A model that fails it has nothing to transfer.
// Of a control nothing is asked: there is nothing in it to learn but frequencies.

import { linearFit, mean, standardDeviation } from '../core/index.ts';
import { type AnyWorld, isDelimiter } from '../worlds/world.ts';

/** Held-out sequences of a world with what the model made of them. */
export type GateInput = {
  /** Targets before `firstTarget` do not count; `learnable` and `framed` say which conditions there are. */
  readonly world: GateWorld;
  /** Sequences that were trained on, for the baselines' statistics. */
  readonly training: readonly Int32Array[];
  readonly heldOut: readonly Int32Array[];
  /** Per held-out sequence: loss and prediction of targets firstTarget, firstTarget + 1, ... */
  readonly losses: readonly ArrayLike<number>[];
  readonly predictions: readonly ArrayLike<number>[];
};

export type GateWorld = Pick<
  AnyWorld,
  'vocabSize' | 'learnable' | 'framed' | 'frameLength' | 'firstTarget'
>;

export type GateResult = {
  /** Whether all conditions hold; never for a control, which has none. */
  readonly passed: boolean;
  /** The world is a control with nothing to infer: the gate neither passed nor failed. */
  readonly control: boolean;
  /** All losses in nats per token over the same held-out targets. */
  readonly heldOutLoss: number;
  readonly unigramLoss: number;
  /** Null where the world has no frames to copy. */
  readonly copyLoss: number | null;
  /** Share of cells' tokens (delimiters left out) that were predicted, by frame; by chunk where there are no frames. */
  readonly accuracyByFrame: readonly number[];
  /** Empty where the world has no frames. */
  readonly copyAccuracyByFrame: readonly number[];
  readonly lossByFrame: readonly number[];
  /** Number of the frame that the lists start with. */
  readonly firstFrame: number;
  /** Mean over sequences of the accuracy's slope, a frame, and its standard error. */
  readonly slope: { readonly mean: number; readonly standardError: number };
  /** A sentence for each condition; for a control, why there is none. */
  readonly reasons: readonly string[];
};

/** Standard errors that the slope must lie above zero. */
const SLOPE_MARGIN = 2;

/**
 * Judges held-out loss against the unigram baseline, in worlds of frames against a copy of the frame before, and
 * where rules must be inferred in context, whether accuracy rises with the frame's number.
 */
export function judgeGate(input: GateInput): GateResult {
  const { world } = input;
  const unigram = unigramProbabilities(input);
  const share = copyShare(input);
  const baselines = { unigram: 0, copy: 0, model: 0, count: 0 };
  const frames = new FrameSums(world);
  const slopes: number[] = [];
  input.heldOut.forEach((tokens, s) => {
    const own = new FrameSums(world);
    for (let t = world.firstTarget; t < tokens.length; t++) {
      const token = tokens[t]!;
      const loss = input.losses[s]![t - world.firstTarget]!;
      const copied = tokens[t - world.frameLength] === token;
      baselines.unigram -= Math.log(unigram[token]!);
      baselines.copy -= Math.log((copied ? share : 0) + (1 - share) * unigram[token]!);
      baselines.model += loss;
      baselines.count += 1;
      const hit = input.predictions[s]![t - world.firstTarget] === token;
      frames.add(t, loss, hit, copied);
      own.add(t, loss, hit, copied);
    }
    slopes.push(own.slope());
  });
  const control = world.learnable === 'frequencies';
  const heldOutLoss = baselines.model / baselines.count;
  const unigramLoss = baselines.unigram / baselines.count;
  const copyLoss = world.framed ? baselines.copy / baselines.count : null;
  const slope = {
    mean: mean(slopes),
    // One sequence tells nothing of how far the slopes of others lie apart.
    standardError:
      slopes.length > 1 ? standardDeviation(slopes) / Math.sqrt(slopes.length) : Infinity,
  };
  const conditions = [compareLosses(heldOutLoss, unigramLoss, 'the unigram baseline')];
  if (copyLoss !== null) {
    conditions.push(compareLosses(heldOutLoss, copyLoss, 'the copy-previous-frame baseline'));
  }
  if (world.learnable === 'in-context') {
    conditions.push(judgeSlope(slope, slopes.length, world.framed));
  }
  return {
    passed: !control && conditions.every(({ holds }) => holds),
    control,
    heldOutLoss,
    unigramLoss,
    copyLoss,
    accuracyByFrame: frames.mean(frames.hits),
    copyAccuracyByFrame: world.framed ? frames.mean(frames.copies) : [],
    lossByFrame: frames.mean(frames.losses),
    firstFrame: frames.first,
    slope,
    reasons: control
      ? describeControl(heldOutLoss, unigramLoss)
      : conditions.map(({ reason }) => reason),
  };
}

/** A loss below the unigram baseline is no sign of structure here, and the reader should not take it for one. */
function describeControl(loss: number, unigramLoss: number): string[] {
  return [
    'This world is a control: it has nothing to infer but frequencies of tokens and the places of delimiters, ' +
      'so the gate asks nothing of it.',
    `Held-out loss ${loss.toFixed(3)}, unigram baseline ${unigramLoss.toFixed(3)} nats per token; what lies between ` +
      "them is delimiters and each sequence's own frequencies.",
  ];
}

function compareLosses(loss: number, baseline: number, name: string) {
  const holds = loss < baseline;
  const reason =
    `Held-out loss ${loss.toFixed(3)} is ${holds ? 'below' : 'NOT below'} ${name} ` +
    `(${baseline.toFixed(3)} nats per token).`;
  return { holds, reason };
}

function judgeSlope(slope: GateResult['slope'], sequences: number, framed: boolean) {
  const unit = framed ? 'frame' : 'chunk';
  if (sequences < 2) {
    const reason =
      'Accuracy along a sequence cannot be judged on fewer than two held-out sequences.';
    return { holds: false, reason };
  }
  const holds = slope.mean > SLOPE_MARGIN * slope.standardError;
  const percent = (x: number) => `${(100 * x).toFixed(3)} %`;
  const reason =
    `Accuracy ${holds ? 'rises' : 'does NOT rise'} with the ${unit}'s number: ` +
    `${percent(slope.mean)} a ${unit}, standard error ${percent(slope.standardError)}.`;
  return { holds, reason };
}

/** Unigram distribution of the training targets, with one count added to every token. */
function unigramProbabilities({ world, training }: GateInput): Float64Array {
  const counts = new Float64Array(world.vocabSize).fill(1);
  let total = world.vocabSize;
  for (const tokens of training) {
    for (let t = world.firstTarget; t < tokens.length; t++) counts[tokens[t]!]! += 1;
    total += tokens.length - world.firstTarget;
  }
  return counts.map((count) => count / total);
}

/**
 * Share of training targets that equal the token one frame before, kept off 0 and 1. The copy
 * baseline gives that much probability to a repetition and the rest to the unigram distribution.
 */
function copyShare({ world, training }: GateInput): number {
  let repeated = 1;
  let total = 2;
  for (const tokens of training) {
    for (let t = world.firstTarget; t < tokens.length; t++) {
      repeated += Number(tokens[t] === tokens[t - world.frameLength]);
      total += 1;
    }
  }
  return repeated / total;
}

/** Sums by frame over tokens that stand for cells. */
class FrameSums {
  readonly first: number;
  readonly losses: number[] = [];
  readonly hits: number[] = [];
  readonly copies: number[] = [];
  private readonly counts: number[] = [];
  private readonly world: GateWorld;

  constructor(world: GateWorld) {
    this.world = world;
    this.first = Math.floor(world.firstTarget / world.frameLength);
  }

  add(position: number, loss: number, hit: boolean, copied: boolean): void {
    if (isDelimiter(this.world, position)) return;
    const frame = Math.floor(position / this.world.frameLength) - this.first;
    for (const [list, value] of [
      [this.losses, loss],
      [this.hits, Number(hit)],
      [this.copies, Number(copied)],
      [this.counts, 1],
    ] as const) {
      list[frame] = (list[frame] ?? 0) + value;
    }
  }

  mean(sums: readonly number[]): number[] {
    return sums.map((sum, frame) => sum / this.counts[frame]!);
  }

  /** Least-squares slope of accuracy by frame, over whole frames; 0 where there is only one. */
  slope(): number {
    const accuracy = this.mean(this.hits).filter((_, i) => this.counts[i] === this.wholeCount(i));
    if (accuracy.length < 2) return 0;
    return linearFit([...accuracy.keys()], accuracy).slope;
  }

  /** Targets that count in list entry `i`, were its frame not cut by the end of the sequence. */
  private wholeCount(i: number): number {
    const { framed, frameLength, firstTarget } = this.world;
    const begin = (this.first + i) * frameLength;
    return frameLength - (framed ? 2 : Math.max(0, firstTarget - begin));
  }
}
