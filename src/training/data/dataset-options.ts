// Options of a data set in recipes.

import { z } from 'zod';
import { INTEGER_DTYPES } from '../../datasets/index.ts';

/** Tokens from files: a folder that primordia nca generate wrote, or files of token ids from elsewhere. */
export const datasetOptions = z
  .strictObject({
    path: z.string().optional().describe('The folder, from the one in which the command runs.'),
    files: z
      .array(z.string())
      .min(1, 'name at least one file or pattern')
      .max(10_000)
      .optional()
      .describe('Files and patterns: .bin, .npy, .jsonl, .parquet.'),
    vocabSize: z
      .int()
      .min(2)
      .max(10_000_000)
      .optional()
      .describe('Ids in the files are 0..vocabSize-1.'),
    contextLength: z
      .int()
      .positive()
      .optional()
      .describe('The context length, where the recipe leaves it out.'),
    dtype: z
      .enum(INTEGER_DTYPES)
      .optional()
      .describe(
        'Type of the numbers in .bin files; by default uint16, uint32 for more than 65,536 ids.',
      ),
    field: z
      .string()
      .optional()
      .describe(
        'Field of JSON lines, or column of Parquet files, that holds the ids; by default tokens, else input_ids.',
      ),
    rows: z
      .enum(['separate', 'joined'])
      .optional()
      .describe(
        'Whether rows are cut into sequences by themselves; by default where all have one length.',
      ),
  })
  .superRefine(({ path, files, vocabSize, dtype, field, rows }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if ((path === undefined) === (files === undefined)) {
      refuse("a data set has either 'path', a folder that nca generate wrote, or 'files'");
    } else if (files !== undefined && vocabSize === undefined) {
      refuse("'files' need 'vocabSize', the number of token ids");
    } else if (path !== undefined && (vocabSize ?? dtype ?? field ?? rows) !== undefined) {
      refuse("'vocabSize', 'dtype', 'field' and 'rows' go with 'files'; a 'path' has a manifest");
    }
  });

export type DatasetRecipe = z.output<typeof datasetOptions>;
