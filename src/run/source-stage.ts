// The source stage: what its recipe makes of a synthetic world's data.

import { type Key, keyFromSeed, plural } from '../core/index.ts';
import { deriveLlamaConfig } from '../nn/index.ts';
import type { GateInputs, OpenedData } from '../training/data/data.ts';
import { openDataset } from '../training/data/dataset-data.ts';
import { openWorlds, countHeldOut as roundUp, worldFacts } from '../training/data/world-data.ts';
import { type AnyWorld, drawTokens } from '../worlds/world.ts';
import type { Recipe, SourceRecipe } from './recipe.ts';
import { createWorld } from './world-recipe.ts';

export type SourceData = GateInputs &
  Pick<OpenedData, 'batch' | 'heldOut' | 'batchSize' | 'trainingCount' | 'close'>;

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
  return worldFacts(world, 1).firstPosition;
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
  const context = { ...contextOf(recipe), key, directory: null };
  const { gate, ...data } = await openDataset(recipe.world, recipe.contextLength, context);
  return { ...gate, ...data, world };
}

/** Batches and held-out sequences of a world: pure functions of the keys. */
export function createSourceData(
  recipe: SourceRecipe,
  world: AnyWorld,
  key: Key,
  heldOutKey = key,
) {
  const worlds = () => ({ training: world, heldOut: world });
  const context = { ...contextOf(recipe), key, heldOutKey };
  const { gate, ...data } = openWorlds(worlds, recipe.contextLength, context);
  return { ...gate!, ...data } satisfies SourceData;
}

/** Sizes of the data; a step of a recipe has parts. */
function contextOf(recipe: SourceRecipe) {
  const { steps, heldOutSequences } = recipe;
  return { steps, heldOutSequences, batchSize: countPerStep(recipe) };
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

/** Held-out sequences: evaluation batches have the size of training ones. */
export function countHeldOut(recipe: SourceRecipe): number {
  return roundUp(contextOf(recipe));
}

function countPerStep(recipe: SourceRecipe): number {
  return recipe.batchSize * recipe.accumulate;
}
