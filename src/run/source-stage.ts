// The source stage: sequences of a synthetic world as batches, and the gate at its end.

import { foldIn, type Key } from '../core/index.ts';
import { type GateResult, judgeGate, type LanguageModelLearner } from '../learn/index.ts';
import type { TokenBatch } from '../text/index.ts';
import { createNcaWorld, type NcaWorld } from '../worlds/nca/index.ts';
import { drawTokens } from '../worlds/world.ts';
import type { SourceRecipe } from './recipe.ts';

export type SourceData = {
  readonly world: NcaWorld;
  readonly batch: (step: number) => TokenBatch;
  readonly heldOut: readonly TokenBatch[];
  readonly heldOutSequences: readonly Int32Array[];
  /** The first sequences of training, for the gate's baselines. */
  readonly trainingSample: () => Int32Array[];
};

/** A held-out sequence and what the model thought most probable at each place. */
export type GateExample = {
  /** Which one of the held-out sequences this is, in words. */
  readonly label: string;
  readonly accuracy: number;
  readonly tokens: readonly number[];
  readonly predicted: readonly number[];
};

/** What the gate found, with sequences to look at. */
export type GateRecord = { readonly gate: GateResult; readonly examples: readonly GateExample[] };

/** The world of a recipe. A sequence has one token more than the context, the last target. */
export function createSourceWorld(recipe: SourceRecipe): NcaWorld {
  const { kind: _, ...given } = recipe.world;
  const options = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  return createNcaWorld({ ...options, sequenceLength: recipe.contextLength + 1 });
}

/** Inputs before this position have no target that counts. */
export function firstPosition(world: NcaWorld): number {
  return world.firstTarget - 1;
}

/** Batches and held-out sequences: pure functions of the key. */
export function createSourceData(recipe: SourceRecipe, world: NcaWorld, key: Key): SourceData {
  const trainKey = foldIn(key, 'train');
  const sequencesPerStep = recipe.batchSize * recipe.accumulate;
  const draw = (at: Key, index: number) => drawTokens(world, at, index);
  const drawMany = (at: Key, first: number, count: number) =>
    Array.from({ length: count }, (_, i) => draw(at, first + i));
  // Evaluation batches have the size of training ones: round up to whole ones.
  const heldOutCount = Math.ceil(recipe.heldOutSequences / sequencesPerStep) * sequencesPerStep;
  const heldOutSequences = drawMany(foldIn(key, 'held-out'), 0, heldOutCount);
  const heldOut: TokenBatch[] = [];
  for (let i = 0; i < heldOutCount; i += sequencesPerStep) {
    heldOut.push(toBatch(heldOutSequences.slice(i, i + sequencesPerStep), recipe.contextLength));
  }
  return {
    world,
    batch: (step) =>
      toBatch(drawMany(trainKey, step * sequencesPerStep, sequencesPerStep), recipe.contextLength),
    heldOut,
    heldOutSequences,
    trainingSample: () => drawMany(trainKey, 0, Math.min(256, recipe.steps * sequencesPerStep)),
  };
}

function toBatch(sequences: readonly Int32Array[], contextLength: number): TokenBatch {
  const inputs = new Int32Array(sequences.length * contextLength);
  const targets = new Int32Array(sequences.length * contextLength);
  sequences.forEach((tokens, row) => {
    inputs.set(tokens.subarray(0, contextLength), row * contextLength);
    targets.set(tokens.subarray(1, contextLength + 1), row * contextLength);
  });
  return { inputs, targets };
}

/** Evaluates the model on the held-out sequences, token by token, and judges it. */
export async function measureGate(
  data: SourceData,
  learner: LanguageModelLearner,
): Promise<GateRecord> {
  const { world } = data;
  const targetsPerSequence = world.sequenceLength - world.firstTarget;
  const losses: Float32Array[] = [];
  const predictions: number[][] = [];
  for (const batch of data.heldOut) {
    const out = await learner.tokenLosses(batch);
    for (let at = 0; at < out.losses.length; at += targetsPerSequence) {
      losses.push(out.losses.slice(at, at + targetsPerSequence));
      predictions.push(Array.from(out.predictions.slice(at, at + targetsPerSequence), Number));
    }
  }
  const gate = judgeGate({
    vocabSize: world.vocabSize,
    frameLength: world.frameLength,
    firstTarget: world.firstTarget,
    training: data.trainingSample(),
    heldOut: data.heldOutSequences,
    losses,
    predictions,
  });
  return { gate, examples: chooseExamples(data, predictions) };
}

/** Sequences at set places of the order by accuracy: chosen by rule, not by hand. */
const EXAMPLES = [
  { label: 'of median accuracy', place: 0.5 },
  { label: 'among the best tenth', place: 0.9 },
] as const;

function chooseExamples(data: SourceData, predictions: readonly number[][]): GateExample[] {
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
    return { label, accuracy, tokens, predicted };
  });
}
