// The source stage: sequences of a synthetic world as batches.

import { foldIn, type Key, keyFromSeed, plural } from '../core/index.ts';
import { deriveLlamaConfig } from '../nn/index.ts';
import type { TokenBatch } from '../text/index.ts';
import { type AnyWorld, drawSequence, drawTokens } from '../worlds/world.ts';
import { openDatasetSource, takeSequences } from './dataset-source.ts';
import type { Recipe, SourceRecipe } from './recipe.ts';
import { openTokenFilesSource } from './token-files-source.ts';
import { createWorld } from './world-recipe.ts';

export type SourceData = {
  readonly world: AnyWorld;
  readonly batch: (step: number) => TokenBatch | Promise<TokenBatch>;
  readonly heldOut: readonly TokenBatch[];
  readonly heldOutSequences: readonly Int32Array[];
  /** The first sequences of training, for the gate's baselines. */
  readonly trainingSample: () => Int32Array[] | Promise<Int32Array[]>;
  /** Sequences in a batch. */
  readonly batchSize: number;
  /** Key of what the gate draws beyond these. */
  readonly gateKey: Key;
  /**
   * New sequences under rules of the first training sequences, at most so many: absent where rules come again in
   * held-out sequences anyway, or cannot be drawn again.
   */
  readonly seenRules?: (count: number) => Int32Array[];
  /** Different sequences that the whole stage trains on. */
  readonly trainedSequences: number;
  /** Sequences that there are to train on, where their number is limited. */
  readonly trainingCount?: number;
  /** Ends the reading of files. */
  readonly close: () => Promise<void>;
};

/**
 * The world of a recipe. A sequence has one token more than the context, the last target.
 *
 * @param directory the folder of the run, where there is one
 */
export function createSourceWorld(recipe: SourceRecipe, directory?: string): AnyWorld {
  return createWorld(recipe.world, recipe.contextLength + 1, directory);
}

/** Inputs before this position have no target that counts. */
export function firstPosition(world: AnyWorld): number {
  return world.firstTarget - 1;
}

/**
 * Batches and held-out sequences, drawn from the world or read from a data set: pure functions of the keys.
 *
 * @param heldOutKey of what the gate draws, where that is to be other sequences than the stage's own; of a data set the last
 *   sequences are held out whatever the key
 */
export async function openSourceData(
  recipe: SourceRecipe,
  world: AnyWorld,
  key: Key,
  heldOutKey = key,
): Promise<SourceData> {
  if (recipe.world.kind !== 'dataset') return createSourceData(recipe, world, key, heldOutKey);
  const { contextLength } = recipe;
  const sequencesPerStep = countPerStep(recipe);
  const sequenceLength = contextLength + 1;
  const source =
    recipe.world.path === undefined
      ? openTokenFilesSource(recipe.world, sequenceLength)
      : await openDatasetSource(recipe.world.path);
  const sequences = await takeSequences(source, foldIn(key, 'train'), {
    sequenceLength,
    heldOutCount: countHeldOut(recipe),
    leastTraining: sequencesPerStep,
  });
  try {
    const heldOutSequences = await sequences.heldOut();
    return {
      world,
      batch: async (step) =>
        toBatch(await sequences.train(step * sequencesPerStep, sequencesPerStep), contextLength),
      heldOut: toBatches(heldOutSequences, recipe),
      heldOutSequences,
      trainedSequences: countTrained(recipe, sequences.trainingCount),
      trainingCount: sequences.trainingCount,
      batchSize: sequencesPerStep,
      gateKey: foldIn(key, 'gate'),
      trainingSample: () => sequences.train(0, countSample(recipe, world, sequences.trainingCount)),
      close: sequences.close,
    };
  } catch (error) {
    await sequences.close();
    throw error;
  }
}

/**
 * Draws a sequence of a recipe's source and derives its model, so that a fault in either shows before anything is trained.
 *
 * @throws UserError for a world that cannot be drawn from, a data set that is not there, sizes that do not go together
 */
export async function trySource(recipe: SourceRecipe, model: Recipe['model']): Promise<void> {
  const world = createSourceWorld(recipe);
  const { vocabSize } = world;
  deriveLlamaConfig(model, { vocabSize, contextLength: recipe.contextLength });
  if (recipe.world.kind !== 'dataset') {
    drawTokens(world, keyFromSeed(0), 0);
    return;
  }
  const data = await openSourceData(recipe, world, keyFromSeed(0));
  await data.close();
}

/** A sentence where training sees sequences more than once. */
export function describeEpochs(recipe: SourceRecipe, data: SourceData): string | null {
  const needed = recipe.steps * countPerStep(recipe);
  const { trainingCount } = data;
  if (trainingCount === undefined || needed <= trainingCount) return null;
  return (
    `the data set has ${plural(trainingCount, 'sequence')} to train on; the source stage goes through them ` +
    `${(needed / trainingCount).toFixed(1)} times, each time in another order`
  );
}

/** Training sequences that the gate's predictors learn from. */
const SAMPLE_SEQUENCES = 256;
/** Where rules come again, counts of training sequences are remembered, and more of them help. */
const REMEMBERED_SEQUENCES = 1024;
const REMEMBERED_TOKENS = 2 ** 18;

function countSample(
  recipe: SourceRecipe,
  { freshRules, sequenceLength }: AnyWorld,
  available = Number.POSITIVE_INFINITY,
): number {
  const remembered = Math.min(
    REMEMBERED_SEQUENCES,
    Math.max(SAMPLE_SEQUENCES, Math.floor(REMEMBERED_TOKENS / sequenceLength)),
  );
  const wanted = freshRules ? SAMPLE_SEQUENCES : remembered;
  return Math.min(wanted, countTrained(recipe, available));
}

/** Different sequences that all steps train on. */
function countTrained(recipe: SourceRecipe, available = Number.POSITIVE_INFINITY): number {
  return Math.min(recipe.steps * countPerStep(recipe), available);
}

function countPerStep(recipe: SourceRecipe): number {
  return recipe.batchSize * recipe.accumulate;
}

/** Evaluation batches have the size of training ones: rounded up to whole ones. */
export function countHeldOut(recipe: SourceRecipe): number {
  const sequencesPerStep = countPerStep(recipe);
  return Math.ceil(recipe.heldOutSequences / sequencesPerStep) * sequencesPerStep;
}

function toBatches(sequences: readonly Int32Array[], recipe: SourceRecipe): TokenBatch[] {
  const perBatch = countPerStep(recipe);
  return Array.from({ length: sequences.length / perBatch }, (_, i) =>
    toBatch(sequences.slice(i * perBatch, (i + 1) * perBatch), recipe.contextLength),
  );
}

/** Batches and held-out sequences of a world: pure functions of the keys. */
export function createSourceData(
  recipe: SourceRecipe,
  world: AnyWorld,
  key: Key,
  heldOutKey = key,
) {
  const trainKey = foldIn(key, 'train');
  const sequencesPerStep = countPerStep(recipe);
  const draw = (at: Key, index: number) => drawTokens(world, at, index);
  const drawMany = (at: Key, first: number, count: number) =>
    Array.from({ length: count }, (_, i) => draw(at, first + i));
  const heldOutSequences = drawMany(foldIn(heldOutKey, 'held-out'), 0, countHeldOut(recipe));
  return {
    world,
    batch: (step: number) =>
      toBatch(drawMany(trainKey, step * sequencesPerStep, sequencesPerStep), recipe.contextLength),
    heldOut: toBatches(heldOutSequences, recipe),
    heldOutSequences,
    trainedSequences: countTrained(recipe),
    batchSize: sequencesPerStep,
    gateKey: foldIn(heldOutKey, 'gate'),
    trainingSample: () => drawMany(trainKey, 0, countSample(recipe, world)),
    ...(world.freshRules && world.learnable === 'in-context'
      ? { seenRules: (count: number) => drawUnderSeenRules(world, trainKey, count) }
      : {}),
    close: async () => {},
  } satisfies SourceData;
}

/** Initial states that are tried for a rule until the world's filter lets one pass. */
const INITIAL_STATES = 20;

/** One new sequence per rule of a training sequence, in their order; rules whose simulations do not pass are left out. */
function drawUnderSeenRules(world: AnyWorld, trainKey: Key, count: number): Int32Array[] {
  return Array.from({ length: count }, (_, i) => i).flatMap((i) => {
    const { rule } = drawSequence(world, trainKey, i);
    const stateKey = foldIn(foldIn(trainKey, i), 'another initial state');
    for (let attempt = 0; attempt < INITIAL_STATES; attempt++) {
      const states = world.rollout(rule, foldIn(stateKey, attempt));
      if (world.accept(states)) return [world.encode(states)];
    }
    return [];
  });
}

export function toBatch(sequences: readonly Int32Array[], contextLength: number): TokenBatch {
  const inputs = new Int32Array(sequences.length * contextLength);
  const targets = new Int32Array(sequences.length * contextLength);
  sequences.forEach((tokens, row) => {
    inputs.set(tokens.subarray(0, contextLength), row * contextLength);
    targets.set(tokens.subarray(1, contextLength + 1), row * contextLength);
  });
  return { inputs, targets };
}
