// What a stage may start from.

import { z } from 'zod';
import { MODULES, type ModuleSelection, WEIGHT_CONTROLS } from '../algorithms/index.ts';

const selection = z.strictObject({
  modules: z.array(z.enum(MODULES)).describe('Kinds of parameters.'),
  layers: z
    .tuple([z.int().nonnegative(), z.int().nonnegative()])
    .refine(([first, last]) => first <= last, 'the first layer comes after the last')
    .optional()
    .describe('First and last layer, counted from 0; by default all layers.'),
});

/** `start` of a stage, as in recipes. */
export const startSchema = z.strictObject({
  from: z
    .string()
    .optional()
    .describe(
      'An earlier stage; a folder, written with a slash (a run, one of its stages as RUN/stages/NAME, a checkpoint or a Hugging Face model); or the name of a shipped source. By default the stage before this one.',
    ),
  keep: z
    .union([z.literal('all'), z.literal('body'), selection])
    .optional()
    .describe(
      "Parameters that are carried over: all, body (everything but embeddings and read-out), or a selection of modules. By default all between stages that share the run's data, and so its vocabulary; otherwise body.",
    ),
  freeze: selection.optional().describe('Parameters that are not trained in this stage.'),
  embeddingStd: z
    .union([z.number().positive(), z.literal('source'), z.literal('model')])
    .default('source')
    .describe(
      "Standard deviation of a token embedding that is initialized again: a number, 'source' for that of the model it replaces, or 'model' for the model's own default.",
    ),
  weights: z
    .enum(WEIGHT_CONTROLS)
    .default('trained')
    .describe(
      'The trained weights, or a control made from them: permuted, or rotated with the same singular values.',
    ),
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
