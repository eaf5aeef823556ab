// Options of a data set in recipes.

import { z } from 'zod';
import { INTEGER_DTYPES } from '../../datasets/index.ts';

/** Tokens from files: a folder that primordia nca generate wrote, or files of token ids from elsewhere. */
export const datasetOptions = z
  .strictObject({
    path: z
      .string()
      .optional()
      .describe(
        'Folder of a data set with a manifest, relative to the folder in which the command runs. Either path or files is needed.',
      ),
    files: z
      .array(z.string())
      .min(1, 'name at least one file or pattern')
      .max(10_000)
      .optional()
      .describe('Files or glob patterns: .bin, .npy, .jsonl or .parquet. They need vocabSize.'),
    vocabSize: z
      .int()
      .min(2)
      .max(10_000_000)
      .optional()
      .describe('Size of the vocabulary: token ids in the files are 0 to vocabSize − 1.'),
    contextLength: z
      .int()
      .positive()
      .optional()
      .describe('Context length where the recipe sets none, in tokens.'),
    dtype: z
      .enum(INTEGER_DTYPES)
      .optional()
      .describe(
        'Type of the numbers in .bin files; by default uint16, or uint32 for more than 65,536 ids.',
      ),
    field: z
      .string()
      .optional()
      .describe(
        'Field of JSON lines, or column of Parquet files, that holds the token ids; by default tokens, or else input_ids.',
      ),
    rows: z
      .enum(['separate', 'joined'])
      .optional()
      .describe(
        "'separate' cuts each row into sequences; 'joined' concatenates rows first. By default separate if all rows have the same length.",
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
