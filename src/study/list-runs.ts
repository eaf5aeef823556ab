// The runs of a study: those that choose values, and those that count.

import { createHash } from 'node:crypto';
import {
  type Cell,
  checkCells,
  listCells,
  type TunedValue,
  tuningOf,
  writeRecipe,
} from './cells.ts';
import type { StagedRecipe } from './split-recipe.ts';
import type { Study } from './study-schema.ts';

/** A run of a study: a cell under a seed, or a value that is tried for it. */
export type StudyRun<R extends StagedRecipe = StagedRecipe> = {
  /** `cells/copy/32/bptt/seed-0` */
  readonly id: string;
  /** For display: `copy 32 bptt seed 0`. */
  readonly label: string;
  readonly cell: Cell;
  readonly seed: number;
  /** The tuned value of the recipe; null if nothing is tuned. */
  readonly value: TunedValue | null;
  /** The recipe of the whole run, with all its stages. */
  readonly recipe: R;
};

type Parse<R> = (value: unknown, origin: string) => R;

/** The runs that choose tuned values. Throws UserError for an invalid recipe, naming the cell. */
export function listTuningRuns<R extends StagedRecipe>(
  study: Study,
  parse: Parse<R>,
): StudyRun<R>[] {
  checkCells(study);
  return listCells(study).flatMap((cell) => {
    const tuning = tuningOf(study, cell);
    if (!tuning) return [];
    const key = tuning.key.split('.').at(-1);
    return tuning.values.flatMap((value) => {
      const recipe = parseCell(study, cell, value, parse);
      return tuning.seeds.map((seed) => ({
        id: `tuning/${folderOf(cell)}/${key}-${nameValue(value)}/seed-${seed}`,
        label: `${cell.name}, ${key} ${value}, seed ${seed}`,
        cell,
        seed,
        value,
        recipe: { ...recipe, seed },
      }));
    });
  });
}

/**
 * The runs that count, seed by seed.
 *
 * @param choose the tuned value of a cell; null while it is not known, so that the cell's runs are left out
 */
export function listCellRuns<R extends StagedRecipe>(
  study: Study,
  choose: (cell: Cell) => TunedValue | null,
  parse: Parse<R>,
): StudyRun<R>[] {
  checkCells(study);
  const cells = listCells(study).flatMap((cell) => {
    const value = tuningOf(study, cell) === null ? null : choose(cell);
    if (value === null && tuningOf(study, cell) !== null) return [];
    return [{ cell, value, recipe: parseCell(study, cell, value, parse) }];
  });
  return study.seeds.flatMap((seed) =>
    cells.map(({ cell, value, recipe }) => ({
      id: `cells/${folderOf(cell)}/seed-${seed}`,
      label: `${cell.name} seed ${seed}`,
      cell,
      seed,
      value,
      recipe: { ...recipe, seed },
    })),
  );
}

function parseCell<R>(study: Study, cell: Cell, value: TunedValue | null, parse: Parse<R>): R {
  return parse(writeRecipe(study, cell, 0, value), `${study.name}: ${cell.name}`);
}

function folderOf({ members }: Cell): string {
  return Object.values(members).join('/');
}

/** A value as a part of a folder's name. */
function nameValue(value: TunedValue): string {
  const text = String(value);
  if (/^[\w.+-]{1,40}$/.test(text)) return text;
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
