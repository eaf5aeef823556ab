// What a recurrent network may be trained on, each kind with its options.

import { z } from 'zod';
import { count } from '../run/recipe-parts.ts';
import { worldSchema } from '../run/world-recipe.ts';

// Defaults are those of the worlds themselves (`*_DEFAULTS`), which also check what a schema cannot.
export const taskSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('retrieval'), symbols: count.optional() }),
  z.strictObject({ kind: z.literal('copy'), symbols: count.optional() }),
  z.strictObject({
    kind: z.literal('stack'),
    symbols: count.optional(),
    maxDepth: count.optional(),
  }),
  z.strictObject({
    kind: z.literal('recall'),
    keys: count.optional(),
    values: count.optional(),
  }),
  z.strictObject({ kind: z.literal('modular'), modulus: count.optional() }),
  z.strictObject({ kind: z.literal('parity') }),
  z.strictObject({
    kind: z.literal('characters'),
    /** Files, patterns and folders; none is the default corpus. */
    files: z.array(z.string()).default([]),
    /** The field of JSON records that holds the text. */
    field: z.string().default('text'),
    /** The column of tables (CSV, TSV, Parquet) that holds the texts. */
    column: z.string().default('text'),
    /** Share of the text, at its end, that is held out; of the default corpus, share of its documents. */
    validationFraction: z.number().gt(0).lt(1).default(0.1),
  }),
  z.strictObject({
    kind: z.literal('images'),
    /** An idx file of images, such as MNIST's train-images-idx3-ubyte. */
    file: z.string().optional(),
    /** Pixels along a side that become one, their mean. */
    shrink: count.optional(),
    /** Gray levels, 2 to 256. */
    levels: count.optional(),
    /** Share of the images, at the end of the file, that is held out. */
    validationFraction: z.number().gt(0).lt(1).default(0.1),
  }),
  /** Any world of the source stage, such as NCA. */
  z.strictObject({ kind: z.literal('world'), world: worldSchema.prefault({ kind: 'nca' }) }),
]);

export type TaskRecipe = z.output<typeof taskSchema>;
