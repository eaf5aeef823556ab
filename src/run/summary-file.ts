// The summary of a finished run, read back.

import { z } from 'zod';
import { readCheckedJson } from '../files/checked-json.ts';
import { gateResultSchema, isSuperseded, refuseSupersededGate } from './gate-record.ts';
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

/** @throws UserError where the file is missing, damaged, or of the gate before verdicts */
export function readSummary(file: string): Summary {
  refuseSupersededGate(file);
  return readCheckedJson(file, summarySchema, 'the summary of a run') as unknown as Summary;
}

const judgedOrNot = z.preprocess((value) => {
  const { gate } = Object(value);
  return isSuperseded(gate) ? { ...Object(value), gate: null } : value;
}, summarySchema);

/**
 * The same with null in place of a gate before verdicts, for those who decide nothing by it.
 *
 * @throws UserError where the file is missing or damaged
 */
export function readSummaryJudgedOrNot(file: string): Summary {
  return readCheckedJson(file, judgedOrNot, 'the summary of a run') as unknown as Summary;
}
