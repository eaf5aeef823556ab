// The mutators that come with the package.

import { z } from 'zod';
import { foldIn } from '../core/index.ts';
import { resolveKind } from '../core/resolve-kind.ts';
import { genetic } from './genetic-mutator.ts';
import { chance } from './genetic-operators.ts';
import { llm, nameModel } from './llm-mutator.ts';
import {
  defineMutator,
  type Mutator,
  type MutatorContext,
  type MutatorRegistry,
} from './mutator.ts';

const mix = defineMutator({
  kind: 'mix',
  source: llm.source,
  description:
    'A language model for a share of the candidates, and the genetic mutator for the rest.',
  options: z.strictObject({
    llmShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe(
        'Share of candidates made by the language model; the genetic mutator makes the rest.',
      ),
    llm: llm.options
      .safeExtend({ kind: z.literal('llm').describe('Always llm.') })
      .prefault({ kind: 'llm' })
      .describe('Options of the language model.'),
    genetic: genetic.options
      .safeExtend({ kind: z.literal('genetic').describe('Always genetic.') })
      .prefault({ kind: 'genetic' })
      .describe('Options of the genetic mutator.'),
  }),
  describe: (given) =>
    `${nameModel(given.llm)} for ${Math.round(100 * given.llmShare)} % and the genetic mutator`,
  withBudget: (given, budget) => ({ ...given, llm: { ...given.llm, ...budget } }),
  create(given, context) {
    const own = genetic.create(given.genetic, context);
    const asked = llm.create(given.llm, context);
    return {
      propose: (request) => {
        const asksModel = chance(foldIn(request.key, 'mix'), given.llmShare);
        return (asksModel ? asked : own).propose(request);
      },
    };
  },
});

export const MUTATORS = { genetic, llm, mix } as const satisfies MutatorRegistry;

/** The mutator that a recipe asks for. Throws UserError where a model needs a key that is not in the environment. */
export function createMutator(
  registry: MutatorRegistry,
  { kind, ...given }: { readonly kind: string },
  context: MutatorContext,
): Mutator {
  const { definition, options } = resolveKind('mutator', registry, kind, given);
  return definition.create(options, context);
}
