// Options in recipes for the files of a text.

import { z } from 'zod';

/** Where a text is read from, as in recipes. */
export const corpusOptions = {
  files: z
    .array(z.string())
    .default([])
    .describe('Files, glob patterns and folders; an empty list is the default corpus.'),
  field: z.string().default('text').describe('Field of JSON records that holds the text.'),
  column: z
    .string()
    .default('text')
    .describe('Column of tables (CSV, TSV, Parquet) that holds the text.'),
};

export const heldOutShare = z.number().gt(0).lt(1).default(0.1);
