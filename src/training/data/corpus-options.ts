// Options in recipes for the files of a text.

import { z } from 'zod';

export const corpusOptions = {
  files: z
    .array(z.string())
    .default([])
    .describe('Files, patterns and folders; none is the default corpus.'),
  field: z.string().default('text').describe('The field of JSON records that holds the text.'),
  column: z
    .string()
    .default('text')
    .describe('The column of tables (CSV, TSV, Parquet) that holds the texts.'),
};

export const heldOutShare = z.number().gt(0).lt(1).default(0.1);
