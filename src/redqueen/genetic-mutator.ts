// The mutator that needs no model and no network, and the control that the paper lacks.

import { foldIn } from '../core/index.ts';
import type { CoreSettings, Warrior } from '../corewar/index.ts';
import { formatLoadFile } from '../corewar/index.ts';
import { chance, mutateGenome, randomGenome } from './genetic-operators.ts';
import type { Mutator } from './mutator.ts';
import type { GeneticRecipe } from './recipe.ts';

/** New warriors are random; changed ones differ by a few operators (`genetic-operators.ts`). */
export function createGeneticMutator(settings: CoreSettings, recipe: GeneticRecipe): Mutator {
  const { changes, spliceShare } = recipe;
  return {
    async propose({ key, tag, parent, mate }) {
      const splices = parent && mate && chance(foldIn(key, 'splice'), spliceShare);
      const genome = parent
        ? mutateGenome(parent.warrior, splices ? mate.warrior : null, key, { settings, changes })
        : randomGenome(key, settings);
      const warrior: Warrior = {
        ...{ name: tag, author: 'genetic mutator', strategy: '', pin: null },
        ...genome,
      };
      return {
        mutator: 'genetic',
        source: formatSource(warrior, settings),
        warrior,
        ...{ failure: null, errors: [], repaired: false, usedMate: Boolean(splices) },
      };
    },
  };
}

/** A warrior as Redcode that any assembler reads. */
export function formatSource(warrior: Warrior, settings: CoreSettings): string {
  const { name, author } = warrior;
  return `;redcode-94\n;name ${name}\n;author ${author}\n;assert 1\n${formatLoadFile(warrior, settings)}`;
}
