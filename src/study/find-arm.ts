// An arm of a study: one of its cells under a seed, for those who look at a single run.

import { existsSync } from 'node:fs';
import { nearestName, UserError } from '../core/index.ts';
import { runPaths } from '../run/run-folder.ts';
import { jobDirectory, readPlan } from './study-folder.ts';

const CELLS = 'cells/';

/**
 * The folder of an arm's run.
 *
 * @param arm its members and seed, as folders are named (`nca/seed-0`), or its members alone; by default the first arm
 *   that has begun
 * @throws UserError where there is no such arm, or it has not begun
 */
export function findArm(
  directory: string,
  arm?: string,
): { readonly name: string; readonly folder: string } {
  const names = [...readPlan(directory).keys()]
    .filter((id) => id.startsWith(CELLS))
    .map((id) => id.slice(CELLS.length));
  const wanted = names.filter(
    (name) => arm === undefined || name === arm || name.startsWith(`${arm}/seed-`),
  );
  if (wanted.length === 0) {
    const short = [...new Set(names.map((name) => name.replace(/\/seed-\d+$/, '')))];
    const near = arm === undefined ? undefined : nearestName(arm, short);
    throw new UserError(`${directory} has no arm '${arm ?? ''}'`, {
      hint: near ? `did you mean '${near}'?` : `there are: ${short.join(', ')}`,
    });
  }
  const folderOf = (name: string) => jobDirectory(directory, CELLS + name);
  const begun = wanted.find((name) => existsSync(runPaths(folderOf(name)).checkpoints));
  if (begun === undefined) {
    throw new UserError(`${directory}: no step of ${arm ?? 'any arm'} has been saved yet`, {
      hint: `primordia resume ${directory}`,
    });
  }
  return { name: begun, folder: folderOf(begun) };
}
