// The gate's record in a run folder, read back.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import {
  type GateRequirement,
  type GateResult,
  meetsRequirement,
  VERDICTS,
} from '../eval/index.ts';
import { readCheckedJson } from '../files/checked-json.ts';
import { readJsonFile } from '../files/json.ts';
import type { GateRecord } from './measure-gate.ts';
import { nullableNumber as number } from './nullable-number.ts';

const tokens = z.array(z.int().nonnegative());
const interval = z.tuple([z.number(), z.number()]).nullable();
const best = z.object({ name: z.string(), loss: number }).nullable();

export const gateResultSchema = z.looseObject({
  verdict: z.enum(VERDICTS),
  control: z.boolean(),
  loss: number,
  bestGlobal: best,
  bestBlind: best,
  bestLookup: best,
  margin: z.object({ mean: number, interval }),
  share: number,
  reasons: z.array(z.string()),
  baselines: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['global', 'blind', 'lookup']),
      loss: number,
      byFrame: z.array(number),
    }),
  ),
  firstFrame: z.int().nonnegative(),
  byFrame: z.array(number),
  accuracyByFrame: z.array(number),
  changed: z.object({ share: z.number(), accuracy: z.number() }).nullable(),
  seenRules: z
    .object({ loss: number, standardError: number, sequences: z.int().positive() })
    .nullable(),
  shuffledFrame: z
    .object({ loss: number, shuffledLoss: number, interval, sequences: z.int().positive() })
    .nullable(),
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

/** Where the gate's findings lie in a run folder. */
export function gatePath(directory: string): string {
  return path.join(directory, 'gate.json');
}

/** A source has learned less than is required of it. */
export class GateNotMet extends UserError {}

/**
 * @param where the source, for the message
 * @throws GateNotMet where the source has learned less than is required
 */
export function requireGate(
  gate: GateResult,
  required: GateRequirement | undefined,
  where: string,
): void {
  if (meetsRequirement(gate, required)) return;
  throw new GateNotMet(
    `${where} has learned ${gate.verdict}, and requireGate asks for ${required}: the text stage was not begun. ` +
      gate.reasons.filter((reason) => reason.includes('NOT')).join(' '),
    {
      hint: 'train the source for longer, or in another world; or begin a run with a lower requireGate',
    },
  );
}

/**
 * The same for the run whose model another one begins with.
 *
 * @throws UserError also where that is no run with a gate
 */
export function requireInitialGate(directory: string, required: GateRequirement): void {
  const file = gatePath(directory);
  if (!existsSync(file)) {
    throw new UserError(`requireGate asks for ${required}, and ${directory} has no gate.json`, {
      hint: 'transfer.from must then be the folder of a run with a source stage that is finished',
    });
  }
  requireGate(readGate(file).gate, required, `the source in ${directory}`);
}

/**
 * Whether this is a gate as runs had it before there were verdicts: its baselines were such that token counts in context
 * passed.
 */
export function isSuperseded(gate: unknown): boolean {
  return typeof gate === 'object' && gate !== null && 'passed' in gate && !('verdict' in gate);
}

/** Whether the gate that a file (`gate.json`, `summary.json`) holds was superseded. */
export function holdsSupersededGate(file: string): boolean {
  const value = readJsonFile(file) as { gate?: unknown } | null;
  return isSuperseded(value?.gate);
}

/** @throws UserError where the gate in a file was superseded */
export function refuseSupersededGate(file: string): void {
  if (!holdsSupersededGate(file)) return;
  throw new UserError(`${file} was written by an earlier gate, which had no verdicts`, {
    hint: `to judge the source again: primordia gate ${path.dirname(file)}`,
  });
}

/** @throws UserError where the file is missing, damaged, or of the gate before verdicts */
export function readGate(file: string): GateRecord {
  refuseSupersededGate(file);
  return readCheckedJson(file, gateSchema, 'the record of a gate') as GateRecord;
}
