// Arms of a study: its cells under a seed, for commands that need a single run.

import { existsSync } from 'node:fs';
import { nearestName, UserError } from '../core/index.ts';
import { runPaths } from '../run/run-folder.ts';
import { jobDirectory, readPlan } from './study-folder.ts';

export type StudyArm = { readonly name: string; readonly folder: string };

const CELLS = 'cells/';

/**
 * The arms whose run has a model, in the order of the study, with the folder of that run; equal runs have one folder.
 *
 * @param arm its members and seed (`nca/seed-0`, `copy/32/bptt/seed-0`), or only its members, also with spaces between them
 * as in reports (`copy 32 bptt`); by default every arm
 * @throws UserError if there is no such arm, or none of them has started
 */
export function findArms(directory: string, arm?: string): [StudyArm, ...StudyArm[]] {
  const arms = [...readPlan(directory).jobOf]
    .filter(([run]) => run.startsWith(CELLS))
    .map(([run, job]) => ({
      name: run.slice(CELLS.length),
      folder: jobDirectory(directory, job),
    }));
  const place = arm?.replaceAll(' ', '/');
  const wanted = arms.filter(
    ({ name }) => place === undefined || name === place || name.startsWith(`${place}/seed-`),
  );
  if (arm !== undefined && wanted.length === 0) {
    const short = [...new Set(arms.map(({ name }) => name.replace(/\/seed-\d+$/, '')))];
    const near = nearestName(arm, short);
    throw new UserError(`${directory} has no arm '${arm}'`, {
      hint: near ? `did you mean '${near}'?` : `there are: ${short.join(', ') || 'none yet'}`,
    });
  }
  const [first, ...others] = wanted.filter(({ folder }) =>
    existsSync(runPaths(folder).checkpoints),
  );
  if (first) return [first, ...others];
  throw new UserError(`${directory}: no step of ${arm ?? 'any arm'} has been saved yet`, {
    hint: `primordia resume ${directory}`,
  });
}

/** The first of `findArms`. */
export function findArm(directory: string, arm?: string): StudyArm {
  return findArms(directory, arm)[0];
}
