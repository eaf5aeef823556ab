// Describes a recipe in a sentence that follows from its settings.

import { plural } from '../core/index.ts';
import { makeLayout } from './archive.ts';
import type { MutatorRegistry } from './mutator.ts';
import { MUTATORS } from './mutators.ts';
import type { MutatorRecipe, RedQueenRecipe } from './recipe.ts';

/** Rounds, opponents, mutator and archive of a run, as one sentence. */
export function describeRecipe(recipe: RedQueenRecipe): string {
  const { rounds, iterations, newAtStart, simulations, mutator, fitnessThreshold } = recipe;
  const threshold =
    fitnessThreshold === null
      ? ''
      : `, or fewer once the best fitness is above ${fitnessThreshold}`;
  return (
    `${plural(rounds, 'round')} of ${plural(newAtStart, 'new warrior')} and ${plural(iterations, 'iteration')}` +
    `${rounds > 1 ? ' each' : ''}${threshold}; warriors by ${describeMutator(mutator)}; fitness over ` +
    `${plural(simulations, 'battle')} against ${describeOpponents(recipe)}; ${describeArchive(recipe)}.`
  );
}

function describeMutator(mutator: MutatorRecipe): string {
  const { kind, ...options } = mutator;
  const definition = (MUTATORS as MutatorRegistry)[kind];
  return definition ? definition.describe(options) : `the mutator '${kind}' of a plugin`;
}

function describeOpponents({ opponents }: RedQueenRecipe): string {
  const { initial, last, target } = opponents;
  if (target === 'static')
    return `the initial ${initial.length === 1 ? 'opponent' : 'opponents'} always`;
  if (last === null) return 'all champions before';
  return last === 1 ? 'the last champion' : `the last ${last} champions`;
}

function describeArchive({ archive }: RedQueenRecipe): string {
  const { axes } = makeLayout(archive);
  return axes.length === 0 ? 'an archive of a single niche' : `an archive by ${axes.join(' and ')}`;
}
