// What a stage may start from.

import { z } from 'zod';
import { MODULES, type ModuleSelection, WEIGHT_CONTROLS } from '../algorithms/index.ts';

const selection = z.strictObject({
  modules: z.array(z.enum(MODULES)).describe('Kinds of parameters'),
  layers: z
    .tuple([z.int().nonnegative(), z.int().nonnegative()])
    .refine(([first, last]) => first <= last, 'the first layer comes after the last')
    .optional()
    .describe('First and last layer, counted from 0; by default all of them'),
});

export const startSchema = z.strictObject({
  from: z
    .string()
    .optional()
    .describe(
      'A stage before this one, a folder (with a slash: a run, one of its stages as RUN/stages/NAME, a checkpoint or a Hugging Face model), or the name of a shipped source; by default the stage before',
    ),
  keep: z
    .union([z.literal('all'), z.literal('body'), selection])
    .optional()
    .describe(
      "What is carried over: all, body (everything but embeddings and read-out), or a list of modules; by default all between stages that share the run's data, and with them a vocabulary, else body",
    ),
  freeze: selection.optional().describe('What is not trained in this stage'),
  embeddingStd: z
    .union([z.number().positive(), z.literal('source'), z.literal('model')])
    .default('source')
    .describe(
      "Standard deviation of a token embedding that starts anew: a number, the source's, or the model's own",
    ),
  weights: z
    .enum(WEIGHT_CONTROLS)
    .default('trained')
    .describe('The trained weights, or a control made of them'),
});

type Written = z.output<typeof startSchema>;

/** A start with its defaults; the default of `keep` follows from the stages. */
export type Start = Written & { readonly keep: NonNullable<Written['keep']> };

/** What a stage keeps, module by module. */
export function keepOf({ keep }: Pick<Start, 'keep'>): ModuleSelection {
  if (keep === 'all') return { modules: MODULES };
  if (keep !== 'body') return keep;
  return { modules: MODULES.filter((name) => name !== 'embedding' && name !== 'head') };
}
