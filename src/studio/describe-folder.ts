// What the list of runs says of a folder: its state, how far it is, and its curve in miniature.

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { isHeld, readHolder } from '../files/lock-file.ts';
import type { FolderKind, FoundFolder } from './find-folders.ts';
import { NOTES_FILE, readNotes } from './notes.ts';
import type { FolderFacts, FolderState } from './protocol.ts';
import { asObject, type JsonObject, parseRows, readJson } from './read-json.ts';
import { tailLines } from './tail-lines.ts';

/** Larger files of JSON are not read for a list. */
const MAX_JSON_BYTES = 4 << 20;
/** Of the end of a file of metrics. */
const TAIL_BYTES = 256 << 10;
const SPARK_POINTS = 40;
/** Rows among which are the newest step and speed. */
const LAST_ROWS = 20;

/** What is known of a file without reading it; null where there is none. */
type FileLook = { readonly changedMs: number; readonly bytes: number } | null;

/** What can be seen of a folder without reading anything. */
export type FolderLook = { readonly [name in LookedName]: FileLook };

const LOOKED = [
  'run.lock',
  'summary.json',
  'metrics.jsonl',
  'candidates.jsonl',
  'recipe.json',
  'study.json',
  'plan.json',
  'manifest.json',
  'run.json',
  NOTES_FILE,
] as const;
type LookedName = (typeof LOOKED)[number];

/** @param names the files that there are, where that is known just now: no others are looked for */
export async function lookAtFolder(
  { directory }: FoundFolder,
  names?: ReadonlySet<string>,
): Promise<FolderLook> {
  const looks = await Promise.all(
    LOOKED.map(async (name): Promise<readonly [LookedName, FileLook]> => {
      if (names && !names.has(name)) return [name, null];
      const found = await stat(path.join(directory, name)).catch(() => null);
      return [name, found && { changedMs: found.mtimeMs, bytes: found.size }];
    }),
  );
  return Object.fromEntries(looks) as FolderLook;
}

/** A stamp of everything that `describeFolder` reads: where it is the same, the facts are. */
export function stampFolder(look: FolderLook): string {
  return LOOKED.map((name) => {
    const file = look[name];
    return file ? `${file.changedMs}:${file.bytes}` : '-';
  }).join(' ');
}

/** Never throws: what cannot be read is missing, and a damaged record makes the state `damaged`. */
export async function describeFolder(folder: FoundFolder, look: FolderLook): Promise<FolderFacts> {
  const { id, directory, place, parent } = folder;
  const read = async (name: LookedName): Promise<JsonObject> =>
    look[name] === null ? {} : readObject(path.join(directory, name));
  const [record, recipe, notes] = await Promise.all([
    read('run.json'),
    read(folder.kind === 'study' ? 'study.json' : 'recipe.json'),
    look[NOTES_FILE] === null ? null : readNotes(directory),
  ]);
  const kind = kindOf(folder.kind, record);
  const log = kind === 'redqueen' ? 'candidates.jsonl' : 'metrics.jsonl';
  const rows = await readLastRows(path.join(directory, log), look[log]?.bytes ?? 0);
  const last = rows.at(-1) ?? {};
  const stages = Object.entries(asObject(recipe.stages));
  const stepsOf = (some: typeof stages) =>
    some.reduce((sum, [, stage]) => sum + (numberOf(asObject(stage).steps) ?? 0), 0);
  const totalSteps = stepsOf(stages);
  const current = stages.findIndex(([name]) => name === last.stage);
  const done = stepsOf(stages.slice(0, Math.max(0, current)));
  const heldOut = rows.map((row) => numberOf(row.heldOutLoss)).filter((loss) => loss !== null);
  return {
    id,
    place,
    parent,
    kind,
    state: stateOf(directory, folder.kind, record, look),
    recipe: textOf(recipe.name),
    seed: numberOf(recipe.seed),
    createdMs: createdAt(look),
    changedMs: newestChange(look),
    stage: textOf(last.stage),
    step: last.step === undefined ? null : done + (numberOf(last.step) ?? 0),
    steps: totalSteps > 0 ? totalSteps : null,
    loss: heldOut.at(-1) ?? null,
    spark: thin(heldOut, SPARK_POINTS),
    tokensPerSecond: numberOf(rows.findLast((row) => 'tokensPerSecond' in row)?.tokensPerSecond),
    tags: notes?.tags ?? [],
  };
}

function kindOf(folder: FolderKind, record: JsonObject): FolderFacts['kind'] {
  if (folder !== 'run') return folder;
  return record.kind === 'redqueen' ? 'redqueen' : 'training';
}

/**
 * A lock that nobody holds any more was left by a process that died; without a lock, a run that is not finished was stopped.
 */
function stateOf(
  directory: string,
  kind: FolderKind,
  record: JsonObject,
  look: FolderLook,
): FolderState {
  if (kind === 'dataset') return 'finished';
  if (look['run.lock'] !== null) {
    return isHeld(readHolder(path.join(directory, 'run.lock'))) ? 'running' : 'killed';
  }
  if (look['summary.json'] !== null) return 'finished';
  return Object.keys(record).length === 0 ? 'damaged' : 'stopped';
}

function newestChange(look: FolderLook): number {
  return Math.max(
    0,
    ...LOOKED.map((name) => (name === NOTES_FILE ? 0 : (look[name]?.changedMs ?? 0))),
  );
}

/** When the run began: its record is written once. */
function createdAt(look: FolderLook): number | null {
  const names = ['run.json', 'study.json', 'manifest.json', 'recipe.json'] as const;
  return names.map((name) => look[name]?.changedMs).find((found) => found !== undefined) ?? null;
}

const readObject = async (file: string) => asObject(await readJson(file, MAX_JSON_BYTES));

/** The last rows of a file: of all but the very last ones only those that have a held-out loss. */
async function readLastRows(file: string, size: number): Promise<JsonObject[]> {
  if (size === 0) return [];
  const begin = Math.max(0, size - TAIL_BYTES);
  const { lines } = await tailLines(file, begin, TAIL_BYTES).catch(() => ({ lines: [] }));
  // The first may have lost its beginning.
  const whole = begin === 0 ? lines : lines.slice(1);
  // Rows between would be parsed for nothing, thousands of them in a folder of many runs.
  return parseRows(
    whole.filter((line, i) => i >= whole.length - LAST_ROWS || line.includes('"heldOutLoss"')),
  );
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** At most `count` of the values, evenly, the last one among them. */
function thin(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  return Array.from(
    { length: count },
    (_, i) => values[Math.round((i * (values.length - 1)) / (count - 1))]!,
  );
}
