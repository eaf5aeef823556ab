// What predictors make of a task's sequences, before any network is trained on them.

import { foldIn, keyFromSeed } from '../core/index.ts';
import { type GateBaselines, measureBaselines } from '../eval/index.ts';
import { type AnyWorld, drawTokens } from '../worlds/world.ts';
import { prepareRecurrent } from './prepare.ts';
import type { RecurrentRecipe } from './recipe.ts';

/** Sequences that the predictors learn from, and as many that they are scored on. */
const SEQUENCES = 256;

/**
 * The predictors on sequences of a recipe's task, as long as the network trains on.
 *
 * @throws UserError where the task has no such sequences, or its files are not there
 */
export function judgeTask(recipe: RecurrentRecipe): GateBaselines {
  const key = foldIn(keyFromSeed(recipe.seed), 'gate');
  const { worlds } = prepareRecurrent(recipe, null, key);
  const draw = (world: AnyWorld, name: string) =>
    Array.from({ length: SEQUENCES }, (_, i) => drawTokens(world, foldIn(key, name), i));
  return measureBaselines(
    worlds.heldOut,
    draw(worlds.training, 'train'),
    draw(worlds.heldOut, 'held-out'),
  );
}
