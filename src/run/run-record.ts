// What kind of run a folder holds: `run.json`.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { readCheckedJson } from '../files/checked-json.ts';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';
import { runPaths } from './run-folder.ts';

/** The version of run folders. */
const RUN_FORMAT = 2;

const recordSchema = z.looseObject({ format: z.literal(RUN_FORMAT), kind: z.string() });

/** Writes run.json, which says what kind of run a folder holds. */
export function writeRunRecord(directory: string, kind: string): void {
  writeJsonAtomic(runPaths(directory).record, { format: RUN_FORMAT, kind });
}

/**
 * The kind of run that a folder holds; null if it holds none.
 *
 * @throws UserError if the record is damaged, or the folder is older than the kinds of runs
 */
export function readKind(directory: string): string | null {
  const paths = runPaths(directory);
  if (existsSync(paths.record)) {
    return readCheckedJson(paths.record, recordSchema, 'the record of a run').kind;
  }
  if (!existsSync(paths.recipe)) return null;
  const { kind } = Object(readJsonFile(paths.recipe)) as { kind?: unknown };
  throw new UserError(
    `${directory} holds a run without a run.json: it was written by an earlier version`,
    {
      hint:
        kind === 'redqueen'
          ? `it is an arms race: primordia drq resume ${directory} resumes it, and writes one`
          : 'its checkpoints can be read (start.from, eval, sample); to resume it, use the version that made it',
    },
  );
}

/** @throws UserError if a folder holds a run of another kind */
export function requireKind(directory: string, kind: string): void {
  const found = readKind(directory);
  if (found === kind) return;
  const what = found === null ? 'no run' : `a run of kind ${found}`;
  throw new UserError(`${directory} holds ${what}, not one of kind ${kind}`);
}
