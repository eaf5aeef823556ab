// The gate's record in a run folder, read back.

import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import {
  type GateRequirement,
  type GateResult,
  meetsRequirement,
  PREDICTORS_VERSION,
  VERDICTS,
} from '../eval/index.ts';
import { readCheckedJson } from '../files/checked-json.ts';
import { readJsonFile } from '../files/json.ts';
import { nullableNumber as number } from '../run/nullable-number.ts';
import type { GateRecord } from './measure-gate.ts';
import type { ResolvedStage } from './recipe.ts';

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
  predictorsVersion: z.int().positive(),
  heldOutRules: z.enum(['fresh', 'reused', 'fixed']).nullable(),
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
      .object({
        label: z.string(),
        index: z.int().nonnegative().optional(),
        accuracy: number,
        tokens,
        predicted: tokens,
      })
      .refine(
        (example) => example.tokens.length === example.predicted.length,
        'as many tokens are predicted as there are',
      ),
  ),
});

/** A source has learned less than required. */
export class GateNotMet extends UserError {}

/**
 * @param where the source, for the message
 * @param stage that would begin with it
 * @throws GateNotMet if the source has learned less than is required
 */
export function requireGate(
  gate: GateResult,
  required: GateRequirement | undefined,
  where: string,
  stage: string,
): void {
  if (meetsRequirement(gate, required)) return;
  throw new GateNotMet(
    `${where} has learned ${gate.verdict}, and requireGate asks for ${required}: stage '${stage}' was not begun. ` +
      gate.reasons.filter((reason) => reason.includes('NOT')).join(' '),
    {
      hint: 'train the source for longer, or in another world; or begin a run with a lower requireGate',
    },
  );
}

/**
 * Checks what a model from elsewhere has learned. Nothing is required of a control.
 *
 * @param file the record of its gate
 * @param from names the model
 * @throws GateNotMet if it has learned less than the stage requires; UserError where the record was superseded
 */
export function requireLearned(
  file: string,
  from: string,
  { name, requireGate: required }: Pick<ResolvedStage, 'name' | 'requireGate'>,
): void {
  if (required === undefined || isControl(readGateOf(file))) return;
  requireGate(readGate(file).gate, required, `the model of ${from}`, name);
}

/**
 * Whether the verdict of a gate is out of date: from before there were verdicts, when token counts in context passed, or by a
 * set of predictors that has changed since.
 */
function isSuperseded(gate: unknown): boolean {
  return describeAge(gate) === 'earlier';
}

/** Whether this is the gate of a control, whatever its age; nothing is required of a control. */
export function isControl(gate: unknown): boolean {
  return isObject(gate) && gate.control === true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function describeAge(gate: unknown): 'earlier' | 'now' | 'later' {
  if (!isObject(gate)) return 'now';
  if (!('verdict' in gate)) return 'passed' in gate ? 'earlier' : 'now';
  // The first verdicts did not name their predictors.
  const version = gate.predictorsVersion ?? 1;
  if (typeof version !== 'number' || version === PREDICTORS_VERSION) return 'now';
  return version < PREDICTORS_VERSION ? 'earlier' : 'later';
}

/** The gate that a file (`gate.json`, `summary.json`) holds, unchecked; undefined if it holds none. */
export function readGateOf(file: string): unknown {
  return (readJsonFile(file) as { gate?: unknown } | null)?.gate;
}

/** Whether the gate that a file (`gate.json`, `summary.json`) holds was superseded. */
export function holdsSupersededGate(file: string): boolean {
  return isSuperseded(readGateOf(file));
}

/** @throws UserError if the gate in a file was superseded, or is by a later set of predictors than this one */
function refuseSupersededGate(file: string): void {
  const age = describeAge(readGateOf(file));
  if (age === 'now') return;
  if (age === 'later') {
    throw new UserError(`${file} was written by a later version, whose gate has other predictors`, {
      hint: 'install the version of primordia that made the run, or a later one',
    });
  }
  throw new UserError(
    `${file} was written by an earlier gate, which compared the source with fewer predictors`,
    { hint: `to judge the model again: primordia gate ${runFolderOf(file)}` },
  );
}

/** @throws UserError if the file is missing, damaged, or its gate was superseded */
export function readGate(file: string): GateRecord {
  refuseSupersededGate(file);
  return readCheckedJson(file, gateSchema, 'the record of a gate') as GateRecord;
}

/**
 * What a gate found, whatever its age, for display; null if it is older than verdicts of this kind.
 *
 * @throws UserError if the file is damaged, or of a later version
 */
export function readGateOfAnyAge(file: string): GateResult | null {
  if (!holdsSupersededGate(file)) return readGate(file).gate;
  const parsed = gateSchema.safeParse(readJsonFile(file));
  return parsed.success ? (parsed.data.gate as GateResult) : null;
}

/** `stages/NAME/gate.json` lies two folders deep in a run. */
function runFolderOf(file: string): string {
  const folder = path.dirname(file);
  return path.basename(path.dirname(folder)) === 'stages' ? path.join(folder, '..', '..') : folder;
}
