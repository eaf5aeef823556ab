// What a stage may begin with.

import { z } from 'zod';
import { MODULES, type ModuleSelection, WEIGHT_CONTROLS } from '../algorithms/index.ts';

const selection = z.strictObject({
  modules: z.array(z.enum(MODULES)),
  layers: z
    .tuple([z.int().nonnegative(), z.int().nonnegative()])
    .refine(([first, last]) => first <= last, 'the first layer comes after the last')
    .optional(),
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
    .default('body')
    .describe('What is carried over: body is everything but embeddings and read-out'),
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

export type Start = z.output<typeof startSchema>;

/** What a stage keeps, module by module. */
export function keepOf({ keep }: Pick<Start, 'keep'>): ModuleSelection {
  if (keep === 'all') return { modules: MODULES };
  if (keep !== 'body') return keep;
  return { modules: MODULES.filter((name) => name !== 'embedding' && name !== 'head') };
}
