// The folder of an arms race: its layout, and reading candidates back.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { readJsonFile } from '../files/index.ts';
import { listFolder } from '../files/read-file.ts';
import { type MetricsRow, readMetrics } from '../run/metrics.ts';
import { isEmptyOrUnbegun } from '../run/run-folder.ts';
import { readKind } from '../run/run-record.ts';
import type { Candidate } from './candidate.ts';
import type { MutatorRegistry } from './mutator.ts';
import { MUTATORS } from './mutators.ts';
import { isRedQueenInput, parseRedQueenRecipe, type RedQueenRecipe } from './recipe.ts';

/** The kind of these runs, in `run.json`. */
export const RED_QUEEN = 'redqueen';

export type RedQueenPaths = {
  readonly directory: string;
  /** Which kind of run it is. */
  readonly record: string;
  /** The resolved recipe; its presence makes a folder a run. */
  readonly recipe: string;
  readonly provenance: string;
  /** Sources of the initial opponents. */
  readonly opponents: string;
  /** One line per candidate, in order. */
  readonly candidates: string;
  /** Folder of the archive of every round that ended. */
  readonly archives: string;
  /** Folder of every round's champion. */
  readonly champions: string;
  /** Answers of the language model, by request. */
  readonly answers: string;
  /** Seconds, requests and tokens used so far. */
  readonly usage: string;
  readonly generality: string;
  readonly summary: string;
  readonly report: string;
  readonly lock: string;
};

export function redQueenPaths(directory: string): RedQueenPaths {
  const at = (name: string) => path.join(directory, name);
  return {
    directory,
    record: at('run.json'),
    recipe: at('recipe.json'),
    provenance: at('provenance.json'),
    opponents: at('opponents.json'),
    candidates: at('candidates.jsonl'),
    archives: at('archives'),
    champions: at('champions'),
    answers: at('answers'),
    usage: at('usage.json'),
    generality: at('generality.json'),
    summary: at('summary.json'),
    report: at('report.html'),
    lock: at('run.lock'),
  };
}

/** The files at the top of the folder that are written under the lock, by their names. */
export function lockedFiles(paths: RedQueenPaths): string[] {
  const { record, recipe, provenance, opponents, candidates, usage } = paths;
  return [record, recipe, provenance, opponents, candidates, usage].map((file) =>
    path.basename(file),
  );
}

/** Those that measuring and reporting write without the lock. */
export function unlockedFiles({ generality, summary, report }: RedQueenPaths): string[] {
  return [generality, summary, report].map((file) => path.basename(file));
}

/** `champions/round-007.red` and such. */
export function roundFile(folder: string, round: number, extension: string): string {
  return path.join(folder, `round-${String(round).padStart(3, '0')}.${extension}`);
}

/** Whether a folder holds an arms race. */
export function isRedQueenFolder(directory: string): boolean {
  if (!existsSync(redQueenPaths(directory).recipe)) return false;
  try {
    return isRace(directory);
  } catch {
    return false;
  }
}

/**
 * Whether a run is an arms race: `run.json` says so. Those of earlier versions have none, and are known by their recipe
 * until they are resumed.
 *
 * @throws UserError if the file that says it is damaged
 */
function isRace(directory: string): boolean {
  const { record, recipe } = redQueenPaths(directory);
  if (existsSync(record)) return readKind(directory) === RED_QUEEN;
  return isRedQueenInput(readJsonFile(recipe));
}

/** What a start writes before the recipe, whole or still under its temporary name. */
const BEFORE_RECIPE = /^(?:(?:opponents|run)\.json(?:\.tmp-\d+)?|recipe\.json\.tmp-\d+)$/;

/**
 * Whether a folder holds nothing but what a start of an arms race leaves that died before its recipe was written. Its lock
 * is among that: files of these names without a lock are somebody else's.
 *
 * @throws UserError if it is a file, or cannot be read
 */
export function isUnbegunFolder(directory: string): boolean {
  if (!existsSync(directory) || listFolder(directory).length === 0) return false;
  return isEmptyOrUnbegun(directory, BEFORE_RECIPE);
}

/**
 * The recipe of a run.
 *
 * @param mutators the kinds that it may name; by default any, as a run is summed up and shown without its mutator
 * @throws UserError if there is none, or it is damaged
 */
export function readRedQueenRecipe(directory: string, mutators?: MutatorRegistry): RedQueenRecipe {
  const { recipe } = redQueenPaths(directory);
  if (!existsSync(recipe)) {
    throw new UserError(`${directory} holds no run`, {
      hint: 'give a folder that "primordia drq" wrote',
    });
  }
  if (!isRace(directory)) {
    throw new UserError(`${directory} holds a run of another kind`, {
      hint: 'give a folder that "primordia drq" wrote',
    });
  }
  const value = readJsonFile(recipe);
  return parseRedQueenRecipe(value, recipe, mutators ?? withKindOf(Object(value)));
}

/** The package's mutators, and the one of a plugin that a recipe names: its options were checked when the run began. */
function withKindOf({ mutator }: { readonly mutator?: unknown }): MutatorRegistry {
  const { kind } = Object(mutator) as { readonly kind?: unknown };
  if (typeof kind !== 'string' || Object.hasOwn(MUTATORS, kind)) return MUTATORS;
  return { ...MUTATORS, [kind]: { ...MUTATORS.genetic, kind, options: z.looseObject({}) } };
}

const opponentsSchema = z.array(z.strictObject({ name: z.string(), source: z.string() })).min(1);
export type NamedSource = z.output<typeof opponentsSchema>[number];

/** The initial opponents of a run. Throws UserError where the file is missing or damaged. */
export function readOpponents(directory: string): NamedSource[] {
  const { opponents } = redQueenPaths(directory);
  const result = opponentsSchema.safeParse(readJsonFile(opponents));
  if (result.success) return result.data;
  throw new UserError(`${opponents} does not hold warriors`, { hint: 'restore the file' });
}

/** A candidate as a line of the log: the round is its stage, the index its step. */
export function toRow(candidate: Candidate): MetricsRow {
  const { round, index } = candidate;
  return { stage: `round ${round}`, step: index, ...candidate } as unknown as MetricsRow;
}

const candidateSchema = z.looseObject({
  round: z.int().positive(),
  index: z.int().nonnegative(),
  origin: z.enum(['warm-up', 'new', 'mutation']),
  parents: z.array(z.int().nonnegative()),
  champion: z.int().nonnegative().nullable(),
  name: z.string(),
  source: z.string().nullable(),
  failure: z.string().nullable(),
  errors: z.array(z.string()),
  evaluation: z
    .object({
      fitness: z.number(),
      spawned: z.number(),
      coverage: z.number(),
      opcodes: z.number(),
      length: z.number(),
    })
    .nullable(),
  niche: z.int().nonnegative().nullable(),
  kept: z.boolean(),
});

/**
 * The candidates of a run by round, from round 1 on; a last line that a crash cut short is left out.
 *
 * @throws UserError if a line is not a candidate, or one is missing
 */
export function readCandidates(directory: string): Candidate[][] {
  const { candidates: file } = redQueenPaths(directory);
  const rounds: Candidate[][] = [];
  for (const [i, row] of readMetrics(file).entries()) {
    const fits = candidateSchema.safeParse(row).success;
    const candidate = row as unknown as Candidate;
    const { round, index } = fits ? candidate : { round: 0, index: 0 };
    if (round === rounds.length + 1 && index === 0) rounds.push([]);
    const current = rounds.at(-1);
    if (!current || round !== rounds.length || index !== current.length) {
      throw new UserError(`${file}:${i + 1}: not the candidate that should follow`, {
        hint: 'restore the file; the lines before this one are intact',
      });
    }
    current.push(candidate);
  }
  return rounds;
}
