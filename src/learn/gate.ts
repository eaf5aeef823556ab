// The learnability gate: before a transfer is believed, the source model must have learnt to infer
// rules in context. A model that fails it has nothing to transfer.

import { linearFit, mean, standardDeviation } from '../core/index.ts';

/** Held-out sequences of a world with what the model made of them. */
export type GateInput = {
  readonly vocabSize: number;
  /** Tokens in a frame, delimiters included; the first and last of a frame are delimiters. */
  readonly frameLength: number;
  /** Targets before this position of a sequence do not count. */
  readonly firstTarget: number;
  /** Sequences that were trained on, for the baselines' statistics. */
  readonly training: readonly Int32Array[];
  readonly heldOut: readonly Int32Array[];
  /** Per held-out sequence: loss and prediction of targets firstTarget, firstTarget + 1, ... */
  readonly losses: readonly ArrayLike<number>[];
  readonly predictions: readonly ArrayLike<number>[];
};

export type GateResult = {
  readonly passed: boolean;
  /** All losses in nats a token over the same held-out targets. */
  readonly heldOutLoss: number;
  readonly unigramLoss: number;
  readonly copyLoss: number;
  /** Share of cells' tokens (delimiters left out) that were predicted, by frame. */
  readonly accuracyByFrame: readonly number[];
  readonly copyAccuracyByFrame: readonly number[];
  readonly lossByFrame: readonly number[];
  /** Number of the frame that the lists start with. */
  readonly firstFrame: number;
  /** Mean over sequences of the accuracy's slope, a frame, and its standard error. */
  readonly slope: { readonly mean: number; readonly standardError: number };
  /** A sentence for each of the three conditions. */
  readonly reasons: readonly string[];
};

/** Standard errors that the slope must lie above zero. */
const SLOPE_MARGIN = 2;

/** Judges held-out loss against two baselines, and whether accuracy rises with the frame's number. */
export function judgeGate(input: GateInput): GateResult {
  const unigram = unigramProbabilities(input);
  const share = copyShare(input);
  const baselines = { unigram: 0, copy: 0, model: 0, count: 0 };
  const frames = new FrameSums(input);
  const slopes: number[] = [];
  input.heldOut.forEach((tokens, s) => {
    const own = new FrameSums(input);
    for (let t = input.firstTarget; t < tokens.length; t++) {
      const token = tokens[t]!;
      const loss = input.losses[s]![t - input.firstTarget]!;
      const copied = tokens[t - input.frameLength] === token;
      baselines.unigram -= Math.log(unigram[token]!);
      baselines.copy -= Math.log((copied ? share : 0) + (1 - share) * unigram[token]!);
      baselines.model += loss;
      baselines.count += 1;
      const hit = input.predictions[s]![t - input.firstTarget] === token;
      frames.add(t, loss, hit, copied);
      own.add(t, loss, hit, copied);
    }
    slopes.push(own.slope());
  });
  const heldOutLoss = baselines.model / baselines.count;
  const unigramLoss = baselines.unigram / baselines.count;
  const copyLoss = baselines.copy / baselines.count;
  const slope = {
    mean: mean(slopes),
    // One sequence tells nothing of how far the slopes of others lie apart.
    standardError:
      slopes.length > 1 ? standardDeviation(slopes) / Math.sqrt(slopes.length) : Infinity,
  };
  const conditions = [
    compareLosses(heldOutLoss, unigramLoss, 'the unigram baseline'),
    compareLosses(heldOutLoss, copyLoss, 'the copy-previous-frame baseline'),
    judgeSlope(slope, slopes.length),
  ];
  return {
    passed: conditions.every(({ holds }) => holds),
    heldOutLoss,
    unigramLoss,
    copyLoss,
    accuracyByFrame: frames.mean(frames.hits),
    copyAccuracyByFrame: frames.mean(frames.copies),
    lossByFrame: frames.mean(frames.losses),
    firstFrame: frames.first,
    slope,
    reasons: conditions.map(({ reason }) => reason),
  };
}

function compareLosses(loss: number, baseline: number, name: string) {
  const holds = loss < baseline;
  const reason =
    `Held-out loss ${loss.toFixed(3)} is ${holds ? 'below' : 'NOT below'} ${name} ` +
    `(${baseline.toFixed(3)} nats a token).`;
  return { holds, reason };
}

function judgeSlope(slope: GateResult['slope'], sequences: number) {
  if (sequences < 2) {
    const reason = 'Accuracy by frame cannot be judged on fewer than two held-out sequences.';
    return { holds: false, reason };
  }
  const holds = slope.mean > SLOPE_MARGIN * slope.standardError;
  const percent = (x: number) => `${(100 * x).toFixed(3)} %`;
  const reason =
    `Accuracy ${holds ? 'rises' : 'does NOT rise'} with the frame's number: ` +
    `${percent(slope.mean)} a frame, standard error ${percent(slope.standardError)}.`;
  return { holds, reason };
}

/** Unigram distribution of the training targets, with one count added to every token. */
function unigramProbabilities(input: GateInput): Float64Array {
  const counts = new Float64Array(input.vocabSize).fill(1);
  let total = input.vocabSize;
  for (const tokens of input.training) {
    for (let t = input.firstTarget; t < tokens.length; t++) counts[tokens[t]!]! += 1;
    total += tokens.length - input.firstTarget;
  }
  return counts.map((count) => count / total);
}

/**
 * Share of training targets that equal the token one frame before, kept off 0 and 1. The copy
 * baseline gives that much probability to a repetition and the rest to the unigram distribution.
 */
function copyShare(input: GateInput): number {
  let repeated = 1;
  let total = 2;
  for (const tokens of input.training) {
    for (let t = input.firstTarget; t < tokens.length; t++) {
      repeated += Number(tokens[t] === tokens[t - input.frameLength]);
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
  private readonly frameLength: number;

  constructor(input: GateInput) {
    this.frameLength = input.frameLength;
    this.first = Math.floor(input.firstTarget / input.frameLength);
  }

  add(position: number, loss: number, hit: boolean, copied: boolean): void {
    const place = position % this.frameLength;
    if (place === 0 || place === this.frameLength - 1) return;
    const frame = Math.floor(position / this.frameLength) - this.first;
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
    const accuracy = this.mean(this.hits).filter((_, i) => this.counts[i] === this.frameLength - 2);
    if (accuracy.length < 2) return 0;
    return linearFit([...accuracy.keys()], accuracy).slope;
  }
}
