// What the studio says of a folder, as plain data: asked for by pages, and written into files by an export.

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { isElsewhere, isHeld, readHolder } from '../files/lock-file.ts';
import {
  coreSettings,
  makeLayout,
  readCandidates,
  readRedQueenRecipe,
  summarizeRun,
} from '../redqueen/index.ts';
import { buildComparisonPage, buildRunPage, preparePage, renderReport } from '../report/index.ts';
import { type Registries, readMemoryTrace } from '../training/index.ts';
import type { FoundFolder } from './find-folders.ts';
import { readNotes } from './notes.ts';
import type {
  KeyAnswer,
  MemoryAnswer,
  MetricsAnswer,
  RaceAnswer,
  ReportAnswer,
  RunAnswer,
} from './protocol.ts';
import { asObject, parseRows, readJson } from './read-json.ts';
import { tailLines } from './tail-lines.ts';

/** Largest JSON file of a run that is sent to a page. */
const MAX_JSON_BYTES = 16 << 20;
/** Larger records of races are shown without the sources of their candidates. */
const MAX_SOURCES_BYTES = 64 << 20;

/** The kinds that a folder's recipe may name. */
export type KindsOf = (directory: string) => Registries;

export async function readRunAnswer(
  { directory, kind }: FoundFolder,
  facts: RunAnswer['facts'],
): Promise<RunAnswer> {
  const json = (name: string) => readJson(path.join(directory, name), MAX_JSON_BYTES);
  const [recipe, provenance, summary, notes, files] = await Promise.all([
    json(kind === 'study' ? 'study.json' : 'recipe.json'),
    json('provenance.json'),
    json('summary.json'),
    readNotes(directory),
    listFiles(directory),
  ]);
  return { facts, recipe, provenance, summary, notes, files };
}

/** Folders whose recipes are read at a time. */
const AT_ONCE = 16;

/**
 * The value that a key of each folder's recipe has, as people read it; folders without one are left out.
 *
 * @param key `model.layers` and such
 */
export async function readKeyAnswer(
  folders: readonly FoundFolder[],
  key: string,
): Promise<KeyAnswer> {
  const values: Record<string, string> = {};
  const read = async ({ id, directory, kind }: FoundFolder) => {
    const name = kind === 'study' ? 'study.json' : 'recipe.json';
    const recipe = await readJson(path.join(directory, name), MAX_JSON_BYTES);
    const value = key.split('.').reduce<unknown>((inner, part) => asObject(inner)[part], recipe);
    if (value === undefined) return;
    values[id] = typeof value === 'string' ? value : JSON.stringify(value);
  };
  for (let begin = 0; begin < folders.length; begin += AT_ONCE) {
    await Promise.all(folders.slice(begin, begin + AT_ONCE).map(read));
  }
  return values;
}

/** @param from bytes of the file that are known already */
export async function readMetricsAnswer(
  { directory }: FoundFolder,
  from: number,
): Promise<MetricsAnswer> {
  const { lines, ...rest } = await tailLines(path.join(directory, 'metrics.jsonl'), from);
  return { rows: parseRows(lines), ...rest };
}

/**
 * The report of a folder as it is now; null for folders that have none.
 *
 * @throws UserError where a file of it is damaged
 */
export function readReportAnswer(
  { directory, kind }: FoundFolder,
  kindsOf: KindsOf,
): ReportAnswer | null {
  if (kind === 'dataset') return null;
  return preparePage(buildRunPage(directory, kindsOf(directory)));
}

/**
 * The report of a folder, or what compares several, as HTML that is whole by itself.
 *
 * @throws UserError where there is none
 */
export function readSavedPage(folders: readonly FoundFolder[], kindsOf: KindsOf): string {
  const directories = folders.map(({ directory }) => directory);
  const [first] = directories as [string];
  return renderReport(
    directories.length === 1
      ? buildRunPage(first, kindsOf(first))
      : buildComparisonPage(directories, directories.map(kindsOf)),
  );
}

/**
 * A page that compares folders of one kind.
 *
 * @throws UserError where they cannot be compared
 */
export function readComparisonAnswer(
  folders: readonly FoundFolder[],
  kindsOf: KindsOf,
): ReportAnswer {
  if (folders.length < 2) {
    throw new UserError('a comparison takes two runs at least', { hint: 'choose another one' });
  }
  const directories = folders.map(({ directory }) => directory);
  return preparePage(buildComparisonPage(directories, directories.map(kindsOf)));
}

/**
 * The candidates of an arms race, from which archives, lines of descent and battles follow.
 *
 * @throws UserError where the folder holds no race, or a file of it is damaged
 */
export async function readRaceAnswer({ directory }: FoundFolder): Promise<RaceAnswer> {
  const recipe = readRedQueenRecipe(directory);
  const summary = summarizeRun(directory);
  const { size } = await stat(path.join(directory, 'candidates.jsonl')).catch(() => ({ size: 0 }));
  const hasSources = size <= MAX_SOURCES_BYTES;
  return {
    summary,
    layout: makeLayout(recipe.archive),
    settings: coreSettings(recipe),
    rounds: readCandidates(directory).map((round) =>
      round.map(({ errors: _, repaired: __, ...candidate }) =>
        hasSources ? candidate : { ...candidate, source: null },
      ),
    ),
    hasSources,
  };
}

/**
 * What the run's network holds while it reads, where that was written down.
 *
 * @throws UserError where the file is damaged
 */
export function readMemoryAnswer({ directory }: FoundFolder): MemoryAnswer {
  return { trace: readMemoryTrace(directory) };
}

/** The id of the process that is at work on a folder; null if there is none on this machine. */
export function findProcess({ directory }: FoundFolder): number | null {
  const holder = readHolder(path.join(directory, 'run.lock'));
  return isHeld(holder) && !isElsewhere(holder) ? holder!.pid : null;
}

/** Files at the top of a folder, without links. */
async function listFiles(directory: string): Promise<RunAnswer['files']> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const found = await Promise.all(
    names.map(async (name) => ({
      name,
      bytes: await stat(path.join(directory, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    })),
  );
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
