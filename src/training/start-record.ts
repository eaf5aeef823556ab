// The record of a model from elsewhere that a stage started from.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { readSealedJson } from '../files/sealed-json.ts';
import { startPath } from './training-folder.ts';

const recordSchema = z.strictObject({
  /** SHA-256 of the weights. */
  weights: z.string(),
  /** Tokens that the model was trained on before; null if unknown. */
  tokens: z.number().nullable(),
  /** Of a shipped source. */
  shipped: z
    .strictObject({
      name: z.string(),
      description: z.string(),
      commit: z.string().nullable(),
      steps: z.number(),
      recipe: z.unknown(),
    })
    .nullable(),
});

/** The record of a model from elsewhere that a stage started from, so that reports need no other folder. */
export type StartRecord = z.infer<typeof recordSchema>;

/** @throws UserError if the file is damaged */
export function readStartRecord(directory: string, stage: string): StartRecord | null {
  const file = startPath(directory, stage);
  if (!existsSync(file)) return null;
  const parsed = recordSchema.safeParse(readSealedJson(file));
  if (parsed.success) return parsed.data;
  const { path: key, message } = parsed.error.issues[0]!;
  throw new UserError(`${file}: ${key.join('.') || 'the file'}: ${message}`, {
    hint: 'restore the file from a copy',
  });
}
