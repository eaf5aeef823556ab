// A search for constants as one file: what was asked, and every result. Candidates follow from it, so they are not in it.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../../core/index.ts';
import type { CoreSettings } from '../../corewar/index.ts';
import { readJsonFile, writeFileAtomic } from '../../files/index.ts';
import { coreSettingsSchema } from '../core-settings-schema.ts';

/** Everything that a search's result follows from. */
export type TuneIdentity = {
  /** SHA-256 of the source. */
  readonly source: string;
  readonly setting: string;
  readonly settings: CoreSettings;
  readonly seed: number;
  readonly budget: number;
  /** Null if the budget decides. */
  readonly candidates: number | null;
  readonly finalRounds: number;
  /** Ids of warriors. */
  readonly opponents: readonly string[];
  readonly validation: readonly string[];
};

/** What a search has come to. */
type TuneState = {
  readonly results: TuneResults;
  /** SHA-256 of the tuned warrior; null before the search has ended. */
  written: string | null;
};

/** By block and candidate: wins and ties against each opponent of the block, -1 where they are missing. */
export type TuneResults = Map<string, Map<string, number[]>>;

const count = z.number().int().nonnegative();
const schema = z.strictObject({
  format: z.literal('primordia-tune'),
  version: z.literal(1),
  source: z.string(),
  setting: z.string(),
  settings: coreSettingsSchema,
  seed: count,
  budget: count,
  candidates: count.nullable(),
  finalRounds: count,
  opponents: z.array(z.string()),
  validation: z.array(z.string()),
  written: z.string().nullable(),
  results: z.record(z.string(), z.record(z.string(), z.array(z.number().int().min(-1)))),
});

/**
 * A search that goes on, without results where there is no file.
 *
 * @throws UserError if the file is not a search, is damaged, or is one for something else, naming what differs
 */
export function readTune(file: string, identity: TuneIdentity): TuneState {
  if (!existsSync(file)) return { results: new Map(), written: null };
  const parsed = schema.safeParse(readJsonFile(file));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new UserError(
      `${file} is not a search for constants: ${path.join('.').slice(0, 100) || 'the file'}: ${message}`,
      { hint: 'choose another file with --out; this one is left as it is' },
    );
  }
  const { results, written, ...stored } = parsed.data;
  requireSame(file, stored, identity);
  const read = Object.entries(results).map(
    ([block, rows]) => [block, new Map(Object.entries(rows))] as const,
  );
  return { results: new Map(read), written };
}

/** Writes a search so that the file is whole at any moment. */
export function writeTune(file: string, identity: TuneIdentity, state: TuneState): void {
  const { results, written } = state;
  const blocks = [...results].sort(([a], [b]) => (a < b ? -1 : 1));
  const content = {
    format: 'primordia-tune',
    version: 1,
    ...identity,
    written,
    results: Object.fromEntries(
      blocks.map(([block, rows]) => [
        block,
        Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1))),
      ]),
    ),
  };
  writeFileAtomic(file, `${JSON.stringify(content)}\n`);
}

const OTHER: Readonly<Record<keyof TuneIdentity, string>> = {
  source: 'another source',
  setting: 'another setting',
  settings: 'other settings',
  seed: 'another seed',
  budget: 'another budget',
  candidates: 'another number of candidates',
  finalRounds: 'another number of final rounds',
  opponents: 'other opponents',
  validation: 'other warriors in --validate',
};

function requireSame(file: string, stored: TuneIdentity, asked: TuneIdentity): void {
  for (const name of Object.keys(OTHER) as (keyof TuneIdentity)[]) {
    if (canonical(stored[name]) === canonical(asked[name])) continue;
    const isShort = typeof asked[name] === 'number' || name === 'setting';
    const values = isShort ? `: ${stored[name]}, not ${asked[name]}` : '';
    throw new UserError(`${file} is a search with ${OTHER[name]}${values}`, {
      hint: 'give the options that it started with, or another file with --out',
    });
  }
}

/** Independent of the order of keys. */
function canonical(value: TuneIdentity[keyof TuneIdentity]): string {
  const isList = Array.isArray(value) || typeof value !== 'object' || value === null;
  return JSON.stringify(isList ? value : Object.entries(value).sort());
}
