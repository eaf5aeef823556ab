// The gate's record in a run folder, read back.

import { z } from 'zod';
import { readCheckedJson } from '../files/checked-json.ts';
import { nullableNumber as number } from './nullable-number.ts';
import type { GateRecord } from './source-stage.ts';

const tokens = z.array(z.int().nonnegative());

export const gateResultSchema = z.looseObject({
  passed: z.boolean(),
  control: z.boolean(),
  heldOutLoss: number,
  unigramLoss: number,
  copyLoss: number,
  accuracyByFrame: z.array(number),
  copyAccuracyByFrame: z.array(number),
  lossByFrame: z.array(number),
  firstFrame: z.int().nonnegative(),
  slope: z.object({ mean: number, standardError: number }),
  reasons: z.array(z.string()),
});

const gateSchema = z.object({
  gate: gateResultSchema,
  examples: z.array(
    z
      .object({ label: z.string(), accuracy: number, tokens, predicted: tokens })
      .refine(
        (example) => example.tokens.length === example.predicted.length,
        'as many tokens are predicted as there are',
      ),
  ),
});

/** @throws UserError where the file is missing or damaged */
export function readGate(file: string): GateRecord {
  return readCheckedJson(file, gateSchema, 'the record of a gate') as GateRecord;
}
