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

/** A stamp of everything that `describeFolder` reads: where it is the same, the facts are. */
export async function stampFolder({ directory }: FoundFolder): Promise<string> {
  const files = ['run.lock', 'summary.json', 'metrics.jsonl', 'candidates.jsonl', 'recipe.json'];
  const others = ['study.json', 'plan.json', 'manifest.json', 'run.json', NOTES_FILE];
  const stamps = await Promise.all(
    [...files, ...others].map(async (name) => {
      const found = await stat(path.join(directory, name)).catch(() => null);
      return found ? `${found.mtimeMs}:${found.size}` : '-';
    }),
  );
  return stamps.join(' ');
}

/** Never throws: what cannot be read is missing, and a damaged record makes the state `damaged`. */
export async function describeFolder(folder: FoundFolder): Promise<FolderFacts> {
  const { id, directory, place, parent } = folder;
  const at = (name: string) => path.join(directory, name);
  const [record, recipe, changedMs, createdMs] = await Promise.all([
    readObject(at('run.json')),
    readObject(at(folder.kind === 'study' ? 'study.json' : 'recipe.json')),
    newestChange(directory),
    createdAt(directory),
  ]);
  const kind = kindOf(folder.kind, record);
  const rows = await readLastRows(at(kind === 'redqueen' ? 'candidates.jsonl' : 'metrics.jsonl'));
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
    state: await stateOf(directory, folder.kind, record),
    recipe: textOf(recipe.name),
    seed: numberOf(recipe.seed),
    createdMs,
    changedMs,
    stage: textOf(last.stage),
    step: last.step === undefined ? null : done + (numberOf(last.step) ?? 0),
    steps: totalSteps > 0 ? totalSteps : null,
    loss: heldOut.at(-1) ?? null,
    spark: thin(heldOut, SPARK_POINTS),
    tokensPerSecond: numberOf(rows.findLast((row) => 'tokensPerSecond' in row)?.tokensPerSecond),
    tags: (await readNotes(directory)).tags,
  };
}

function kindOf(folder: FolderKind, record: JsonObject): FolderFacts['kind'] {
  if (folder !== 'run') return folder;
  return record.kind === 'redqueen' ? 'redqueen' : 'training';
}

/**
 * A lock that nobody holds any more was left by a process that died; without a lock, a run that is not finished was stopped.
 */
async function stateOf(
  directory: string,
  kind: FolderKind,
  record: JsonObject,
): Promise<FolderState> {
  const has = (name: string) =>
    stat(path.join(directory, name)).then(
      () => true,
      () => false,
    );
  if (kind === 'dataset') return 'finished';
  if (await has('run.lock')) {
    return isHeld(readHolder(path.join(directory, 'run.lock'))) ? 'running' : 'killed';
  }
  if (await has('summary.json')) return 'finished';
  return Object.keys(record).length === 0 ? 'damaged' : 'stopped';
}

async function newestChange(directory: string): Promise<number> {
  const names = [
    'metrics.jsonl',
    'candidates.jsonl',
    'summary.json',
    'run.json',
    'study.json',
    '.',
  ];
  const times = await Promise.all(
    names.map((name) =>
      stat(path.join(directory, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(...times);
}

/** When the run began: its record is written once. */
async function createdAt(directory: string): Promise<number | null> {
  for (const name of ['run.json', 'study.json', 'manifest.json', 'recipe.json']) {
    const found = await stat(path.join(directory, name)).catch(() => null);
    if (found) return found.mtimeMs;
  }
  return null;
}

const readObject = async (file: string) => asObject(await readJson(file, MAX_JSON_BYTES));

/** The last rows of a file: of all but the very last ones only those that have a held-out loss. */
async function readLastRows(file: string): Promise<JsonObject[]> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
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
