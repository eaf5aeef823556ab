// What a recurrent network may be trained on, each kind with its options.

import { z } from 'zod';
import { type KindOutput, registrySchema } from '../core/registry.ts';
import { count } from '../run/recipe-parts.ts';
import { worldSchema } from '../run/world-recipe.ts';
import { TASKS } from '../worlds/index.ts';

const KINDS = {
  ...TASKS,
  characters: {
    options: z.strictObject({
      /** Files, patterns and folders; none is the default corpus. */
      files: z.array(z.string()).default([]),
      /** The field of JSON records that holds the text. */
      field: z.string().default('text'),
      /** The column of tables (CSV, TSV, Parquet) that holds the texts. */
      column: z.string().default('text'),
      /** Share of the text, at its end, that is held out; of the default corpus, share of its documents. */
      validationFraction: z.number().gt(0).lt(1).default(0.1),
    }),
  },
  images: {
    options: z.strictObject({
      /** An idx file of images, such as MNIST's train-images-idx3-ubyte. */
      file: z.string().optional(),
      /** Pixels along a side that become one, their mean. */
      shrink: count.optional(),
      /** Gray levels, 2 to 256. */
      levels: count.optional(),
      /** Share of the images, at the end of the file, that is held out. */
      validationFraction: z.number().gt(0).lt(1).default(0.1),
    }),
  },
  /** Any world of the source stage, such as NCA. */
  world: { options: z.strictObject({ world: worldSchema.prefault({ kind: 'nca' }) }) },
};

export const taskSchema = registrySchema(KINDS);

export type TaskRecipe = KindOutput<typeof KINDS>;
