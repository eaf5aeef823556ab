// The mutator that needs no model and no network, and the control that the paper lacks.

import { z } from 'zod';
import { foldIn } from '../core/index.ts';
import type { CoreSettings, Warrior } from '../corewar/index.ts';
import { formatLoadFile } from '../corewar/index.ts';
import { chance, mutateGenome, randomGenome } from './genetic-operators.ts';
import { defineMutator, type Mutator } from './mutator.ts';

const options = z.strictObject({
  changes: z
    .number()
    .min(1)
    .max(100)
    .default(2)
    .describe('Mean number of changes to a parent; at least one is made.'),
  spliceShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe('Share of mutations in which the parent is first joined with a second elite.'),
});

export type GeneticOptions = z.output<typeof options>;

export const genetic = defineMutator({
  kind: 'genetic',
  source: 'a control that arXiv 2601.03335 lacks',
  description: 'Random instructions and random changes to them, without a language model.',
  options,
  describe: () => 'the genetic mutator, without a language model',
  create: (given, { settings }) => createGeneticMutator(settings, given),
});

/** New warriors are random; changed ones differ by a few operators (`genetic-operators.ts`). */
function createGeneticMutator(settings: CoreSettings, recipe: GeneticOptions): Mutator {
  const { changes, spliceShare } = recipe;
  return {
    async propose({ key, tag, parent, mate }) {
      const splices = parent && mate && chance(foldIn(key, 'splice'), spliceShare);
      const genome = parent
        ? mutateGenome(parent.warrior, splices ? mate.warrior : null, key, { settings, changes })
        : randomGenome(key, settings);
      const warrior: Warrior = {
        name: tag,
        author: 'genetic mutator',
        strategy: '',
        pin: null,
        ...genome,
      };
      return {
        mutator: 'genetic',
        source: formatSource(warrior, settings),
        warrior,
        failure: null,
        errors: [],
        repaired: false,
        usedMate: Boolean(splices),
      };
    },
  };
}

/** A warrior as Redcode that any assembler reads. */
export function formatSource(warrior: Warrior, settings: CoreSettings): string {
  const { name, author } = warrior;
  return `;redcode-94\n;name ${name}\n;author ${author}\n;assert 1\n${formatLoadFile(warrior, settings)}`;
}
