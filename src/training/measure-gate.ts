// The gate at the end of a source stage: the model's losses, those of predictors, and probes of what the model uses.

import {
  confidenceInterval95,
  foldIn,
  mean,
  permutation,
  standardDeviation,
} from '../core/index.ts';
import {
  type GateBaselines,
  type GateResult,
  judgeGate,
  meanBySequence,
  measureBaselines,
  type SeenRules,
  type ShuffledFrame,
  type TokenLosses,
} from '../eval/index.ts';
import type { TokenBatch } from '../text/index.ts';
import { type AnyWorld, isDelimiter } from '../worlds/world.ts';
import type { GateInputs } from './data/data.ts';

/** A held-out sequence and the model's most probable token at each place. */
export type GateExample = {
  /** Which one of the held-out sequences this is, in words. */
  readonly label: string;
  /** Its place among the held-out sequences, from 0 on; absent in records of earlier versions. */
  readonly index?: number | undefined;
  readonly accuracy: number;
  readonly tokens: readonly number[];
  readonly predicted: readonly number[];
};

/** What the gate found, with sequences to look at. */
export type GateRecord = { readonly gate: GateResult; readonly examples: readonly GateExample[] };

/** Upper limit of the sequences on which a probe evaluates the model; at least one batch. */
const PROBE_SEQUENCES = 32;

/** Input of the gate: sequences, and how many of them the model takes at a time. */
export type GateData = GateInputs & { readonly batchSize: number };

/** The model's losses of the targets that count, and its most probable tokens, row by row. */
export type JudgeTokens = (batch: TokenBatch) => Promise<TokenLosses>;

/** Losses of the predictors on the held-out sequences of a source. */
export async function measureSourceBaselines(data: GateInputs): Promise<GateBaselines> {
  return measureBaselines(data.world, await data.trainingSample(), data.heldOutSequences);
}

/** Evaluates the model on the held-out sequences, token by token, and judges it. */
export async function measureGate(data: GateData, judge: JudgeTokens): Promise<GateRecord> {
  const { world, heldOutSequences: heldOut } = data;
  const { losses, predictions } = await evaluate(data, judge, heldOut);
  const gate = judgeGate(
    world,
    { heldOut, losses, predictions, trainedSequences: data.trainedSequences },
    await measureSourceBaselines(data),
    {
      seenRules: await measureSeenRules(data, judge),
      shuffledFrame: await measureShuffledFrame(data, judge, losses),
    },
  );
  return { gate, examples: chooseExamples(data, predictions) };
}

type Evaluated = { readonly losses: Float32Array[]; readonly predictions: number[][] };

/** Losses and predictions of whole batches of sequences, from the first target on. */
async function evaluate(
  { world, batchSize }: GateData,
  judge: JudgeTokens,
  sequences: readonly Int32Array[],
): Promise<Evaluated> {
  const targets = world.sequenceLength - world.firstTarget;
  const losses: Float32Array[] = [];
  const predictions: number[][] = [];
  for (let first = 0; first < sequences.length; first += batchSize) {
    const batch = sequences.slice(first, first + batchSize);
    const out = await judge(toBatch(batch, world.sequenceLength - 1));
    for (let at = 0; at < out.losses.length; at += targets) {
      losses.push(out.losses.slice(at, at + targets));
      predictions.push(Array.from(out.predictions.slice(at, at + targets), Number));
    }
  }
  return { losses, predictions };
}

function countProbes({ batchSize }: GateData): number {
  return batchSize * Math.max(1, Math.floor(PROBE_SEQUENCES / batchSize));
}

/** The model on new initial states of rules that it was trained on; null if held-out sequences are that already. */
async function measureSeenRules(data: GateData, judge: JudgeTokens): Promise<SeenRules | null> {
  const { world, batchSize } = data;
  const training = (await data.trainingSample()).length;
  const drawn = data.seenRules?.(Math.min(countProbes(data), training)) ?? [];
  const sequences = drawn.slice(0, drawn.length - (drawn.length % batchSize));
  if (sequences.length === 0) return null;
  const { losses } = await evaluate(data, judge, sequences);
  const bySequence = meanBySequence(world, sequences, losses);
  if (bySequence.length === 0) return null;
  return {
    loss: mean(bySequence),
    standardError:
      bySequence.length < 2 ? 0 : standardDeviation(bySequence) / Math.sqrt(bySequence.length),
    sequences: bySequence.length,
  };
}

/**
 * The model on the last whole frame after the tokens of the frame before were shuffled. Their frequencies stay the same, so only
 * a model that uses places and neighborhoods loses.
 */
async function measureShuffledFrame(
  data: GateData,
  judge: JudgeTokens,
  heldOutLosses: readonly Float32Array[],
): Promise<ShuffledFrame | null> {
  const { world, gateKey } = data;
  const last = Math.floor(world.sequenceLength / world.frameLength) - 1;
  const begin = last * world.frameLength;
  if (world.frame === null || begin < world.firstTarget) return null;
  const sequences = data.heldOutSequences.slice(0, countProbes(data));
  const shuffled = sequences.map((tokens, i) =>
    shuffleFrame(world, tokens, last - 1, permutation(foldIn(gateKey, i), world.frameLength - 2)),
  );
  const { losses } = await evaluate(data, judge, shuffled);
  const frameLoss = (values: Float32Array) =>
    mean(
      values
        .subarray(begin - world.firstTarget, begin - world.firstTarget + world.frameLength)
        .filter((_, place) => !isDelimiter(world, place)),
    );
  const before = sequences.map((_, i) => frameLoss(heldOutLosses[i]!));
  const after = losses.map(frameLoss);
  return {
    loss: mean(before),
    shuffledLoss: mean(after),
    interval: confidenceInterval95(after.map((loss, i) => loss - before[i]!)),
    sequences: sequences.length,
  };
}

/** The same sequence with the cells' tokens of one frame in another order. */
function shuffleFrame(
  { frameLength }: AnyWorld,
  tokens: Int32Array,
  frame: number,
  order: ArrayLike<number>,
): Int32Array {
  const first = frame * frameLength + 1;
  const out = tokens.slice();
  for (let i = 0; i < order.length; i++) out[first + i] = tokens[first + order[i]!]!;
  return out;
}

/** Sequences at set places of the order by accuracy: chosen by rule, not by hand. */
const EXAMPLES = [
  { label: 'of median accuracy', place: 0.5 },
  { label: 'among the best tenth', place: 0.9 },
] as const;

function chooseExamples(data: GateData, predictions: readonly number[][]): GateExample[] {
  const { firstTarget } = data.world;
  const scored = data.heldOutSequences.map((tokens, i) => {
    const targets = tokens.subarray(firstTarget);
    const hits = targets.reduce((sum, token, t) => sum + Number(token === predictions[i]![t]), 0);
    return { i, accuracy: hits / targets.length };
  });
  scored.sort((a, b) => a.accuracy - b.accuracy);
  return EXAMPLES.map(({ label, place }) => {
    const { i, accuracy } = scored[Math.floor(place * (scored.length - 1))]!;
    const tokens = [...data.heldOutSequences[i]!];
    const predicted = [...tokens.slice(0, firstTarget), ...predictions[i]!];
    return { label, index: i, accuracy, tokens, predicted };
  });
}

/** Sequences `[contextLength + 1]` as inputs and what follows each. */
function toBatch(sequences: readonly Int32Array[], contextLength: number): TokenBatch {
  const inputs = new Int32Array(sequences.length * contextLength);
  const targets = new Int32Array(sequences.length * contextLength);
  sequences.forEach((tokens, row) => {
    inputs.set(tokens.subarray(0, contextLength), row * contextLength);
    targets.set(tokens.subarray(1, contextLength + 1), row * contextLength);
  });
  return { inputs, targets };
}
