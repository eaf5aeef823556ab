// The summary of a finished run, read back.

import { z } from 'zod';
import { readCheckedJson } from '../files/checked-json.ts';
import { gateResultSchema, holdsSupersededGate, refuseSupersededGate } from './gate-record.ts';
import { nullableNumber as number } from './nullable-number.ts';
import type { Summary } from './summary.ts';

const summarySchema = z.looseObject({
  name: z.string(),
  gate: gateResultSchema.nullable(),
  // Earlier versions had none.
  gates: z
    .array(
      z.looseObject({
        arm: z.string(),
        shipped: z.string().nullable(),
        tokens: z.number(),
        gate: gateResultSchema,
        refused: z.boolean(),
      }),
    )
    .default([]),
  arms: z.array(
    z.looseObject({
      name: z.string(),
      seed: z.int(),
      textLoss: number,
      bitsPerByte: number,
      curve: z.array(z.tuple([z.number(), number])),
    }),
  ),
  seconds: number,
});

/** @throws UserError where the file is missing, damaged, or its gate was superseded */
export function readSummary(file: string): Summary {
  refuseSupersededGate(file);
  return readCheckedJson(file, summarySchema, 'the summary of a run') as unknown as Summary;
}

const unjudged = z.preprocess(
  (value) => ({ ...Object(value), gate: null, gates: [] }),
  summarySchema,
);

/**
 * The same with null in place of a gate that was superseded, for those who decide nothing by it.
 *
 * @throws UserError where the file is missing or damaged, or its gate is of a later version
 */
export function readSummaryJudgedOrNot(file: string): Summary {
  if (!holdsSupersededGate(file)) return readSummary(file);
  return readCheckedJson(file, unjudged, 'the summary of a run') as unknown as Summary;
}
