// Kills a command at chosen operations on the disk, resumes it, and holds what lies there against an undisturbed run.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runInProcess } from './command-line.ts';
import { type KillKind, runWithFault } from './disk-faults.ts';

/** One kind of work that can be killed. All of it writes below `out` in the working folder, or to files that begin so. */
export type Killable = {
  readonly name: string;
  /** Writes what the command reads. */
  readonly prepare: (folder: string) => void;
  /** The command line that begins. */
  readonly begin: readonly string[];
  /** The command line that goes on, where it is another one. */
  readonly goOn?: readonly string[];
};

export type KillPoint = {
  readonly at: number;
  readonly fault: KillKind;
  readonly operation: string;
};

export type Undisturbed = {
  /** Every operation on the disk, in order: `renameSync out/recipe.json`. */
  readonly operations: readonly string[];
  readonly snapshot: Snapshot;
};

/** The run that nothing happens to. */
export function runUndisturbed(kind: Killable, folder: string): Undisturbed {
  mkdirSync(folder);
  kind.prepare(folder);
  const log = path.join(folder, 'operations.log');
  const { status, stderr } = runWithFault(kind.begin, folder, { log });
  if (status !== 0 || withoutProgress(stderr) !== '')
    throw new Error(`${kind.name}: code ${status}: ${stderr}`);
  const operations = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(`${folder}${path.sep}`, ''));
  return { operations, snapshot: takeSnapshot(folder) };
}

/** Standard error except for lines on how far a command has come, and on warriors that it left out. */
export function withoutProgress(stderr: string): string {
  return stderr.replace(/^(?:left out: |written to |next +|[\d,]+\/[\d,]+ \w+ ).*\n/gm, '');
}

/**
 * Points to kill at: `count` spread over all operations, then as many more, up to `count / 2`, on one of each sort of
 * operation. Writes and recursive removals are cut in their middle at every other one.
 */
export function choosePoints(operations: readonly string[], count: number): KillPoint[] {
  const sorts = new Map<string, number>();
  operations.forEach((operation, i) => {
    const sort = operation.replace(/\d+/g, '#');
    if (!sorts.has(sort)) sorts.set(sort, i + 1);
  });
  const targeted = spread([...sorts.values()], Math.floor(count / 2));
  const all = operations.map((_, i) => i + 1);
  const chosen = new Set(targeted);
  for (const at of spread(all, count)) if (chosen.size < count) chosen.add(at);
  for (const at of all) if (chosen.size < Math.min(count, all.length)) chosen.add(at);
  return [...chosen]
    .sort((a, b) => a - b)
    .map((at, i) => {
      const operation = operations[at - 1]!;
      const divisible = /^(write|writeFile|rm)Sync /.test(operation);
      return { at, fault: divisible && i % 2 === 0 ? 'kill midway' : 'kill before', operation };
    });
}

function spread(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  return Array.from(
    { length: count },
    (_, i) => values[Math.floor(((i + 0.5) * values.length) / count)]!,
  );
}

/** Kills the command at a point, resumes it to its end, and returns what then lies there. */
export async function killAndGoOn(
  kind: Killable,
  folder: string,
  { at, fault }: KillPoint,
): Promise<Snapshot> {
  mkdirSync(folder);
  kind.prepare(folder);
  const killed = runWithFault(kind.begin, folder, { at, kind: fault });
  if (killed.signal !== 'SIGKILL') throw new Error(`not killed: ${killed.status} ${killed.stderr}`);
  let finished = await runInProcess(kind.goOn ?? kind.begin, { cwd: folder });
  if (/(no|not hold a) run to resume/.test(finished.stderr)) {
    finished = await runInProcess(kind.begin, { cwd: folder });
  }
  if (finished.code !== 0 || withoutProgress(finished.stderr) !== '') {
    throw new Error(`going on: code ${finished.code}: ${finished.stderr}`);
  }
  return takeSnapshot(folder);
}

/** Every file and folder by name; a file's content except for what depends on the clock. */
export type Snapshot = Readonly<Record<string, string>>;

/**
 * What lies in `out` and beside it under names that begin so. Left out: times in metrics (`elapsedSeconds`, `stepMs`,
 * `tokensPerSecond`), `seconds` and `stepMs` in summaries, the content of `provenance.json` (date, command) and of
 * `report.html` (draws those times).
 */
export function takeSnapshot(folder: string): Snapshot {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const found = entries
    .map((entry) => ({ entry, file: path.join(entry.parentPath, entry.name) }))
    .map(({ entry, file }) => ({ entry, file, name: path.relative(folder, file) }))
    .filter(({ name }) => name.startsWith('out'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return Object.fromEntries(
    found.map(({ entry, file, name }) => [
      name,
      entry.isDirectory() ? 'a folder' : describeContent(file),
    ]),
  );
}

function describeContent(file: string): string {
  const name = path.basename(file);
  if (name === 'provenance.json' || name === 'report.html') return 'not compared';
  if (name === 'metrics.jsonl') {
    const rows = readFileSync(file, 'utf8').split('\n');
    return rows.map((row) => (row === '' ? '' : withoutTimes(row))).join('\n');
  }
  if (name === 'summary.json' || name === 'usage.json')
    return withoutTimes(readFileSync(file, 'utf8'));
  return readFileSync(file).toString('latin1');
}

/** JSON without what depends on the clock. */
export function withoutTimes(json: string): string {
  const times = new Set(['elapsedSeconds', 'stepMs', 'tokensPerSecond', 'seconds']);
  return JSON.stringify(JSON.parse(json), (key, value) => (times.has(key) ? undefined : value));
}

/** The names that differ between two snapshots, with how. */
export function differences(found: Snapshot, expected: Snapshot): string[] {
  const names = [...new Set([...Object.keys(found), ...Object.keys(expected)])].sort();
  return names.flatMap((name) => {
    if (!(name in found)) return [`${name} is missing`];
    if (!(name in expected)) return [`${name} was left behind`];
    return found[name] === expected[name] ? [] : [`${name} has other bytes`];
  });
}

/** Removes a folder faster than Node does, which matters after hundreds of runs. */
export function removeFolder(folder: string): void {
  execFileSync('rm', ['-rf', folder]);
}
