// The cells of a study, and the recipe of each: changes of its members over the base.

import { UserError } from '../core/index.ts';
import { isOverlay, mergeOverlays, type Overlay } from '../run/load-recipe.ts';
import type { Members, Selection, Study, Tuning } from './study-schema.ts';

/** One member of each axis. */
export type Cell = {
  /** The members in the order of the axes: `copy 32 bptt`. */
  readonly name: string;
  readonly members: Members;
};

/** The cells of a study in the order of its axes, the last one changing fastest, without those left out. */
export function listCells({ axes, exclude }: Pick<Study, 'axes' | 'exclude'>): Cell[] {
  const product = Object.entries(axes).reduce<Members[]>(
    (cells, [axis, members]) =>
      cells.flatMap((cell) => Object.keys(members).map((member) => ({ ...cell, [axis]: member }))),
    [{}],
  );
  return product
    .filter((members) => !exclude.some((selection) => matches(members, selection)))
    .map((members) => ({ name: Object.values(members).join(' '), members }));
}

/** Whether a cell has one of the members that a selection names, for every axis of it. */
export function matches(members: Members, selection: Selection): boolean {
  return Object.entries(selection).every(([axis, list]) => list.includes(members[axis]!));
}

/** The cell that differs from another in these members; undefined if it was left out. */
export function findCell<T extends Cell>(
  cells: readonly T[],
  { members }: Cell,
  changes: Members,
): T | undefined {
  const wanted = { ...members, ...changes };
  return cells.find((cell) =>
    Object.entries(wanted).every(([axis, member]) => cell.members[axis] === member),
  );
}

/** What is tuned for a cell; null for nothing. */
export function tuningOf({ tuning }: Pick<Study, 'tuning'>, { members }: Cell): Tuning | null {
  return tuning.find(({ where }) => matches(members, where)) ?? null;
}

/**
 * @throws UserError if a part of a study names no cell, so that it has no effect, or a cell is tuned twice
 */
export function checkCells(study: Study): void {
  const all = listCells({ ...study, exclude: [] });
  const refuse = (place: string, hint: string) => {
    throw new UserError(`${study.name}: ${place} names no cell of the study`, { hint });
  };
  study.exclude.forEach((selection, i) => {
    if (!all.some(({ members }) => matches(members, selection))) {
      refuse(`exclude.${i}`, 'leave it out');
    }
  });
  const cells = listCells(study);
  if (cells.length === 0) {
    throw new UserError(`${study.name}: exclude leaves no cell`, {
      hint: 'exclude removes every cell that has all of the named members: name members of more axes in it',
    });
  }
  const members = Object.entries(study.baseline);
  if (!cells.some((cell) => members.every(([axis, member]) => cell.members[axis] === member))) {
    refuse('baseline', 'it is left out by exclude');
  }
  study.tuning.forEach(({ where }, i) => {
    const place = `tuning.${i}`;
    const tuned = cells.filter((cell) => matches(cell.members, where));
    if (tuned.length === 0) refuse(`${place}.where`, 'leave it out, or name other members');
    const twice = tuned.find((cell) => tuningOf(study, cell) !== study.tuning[i]);
    if (twice) {
      throw new UserError(`${study.name}: ${place}: the cell ${twice.name} is tuned twice`, {
        hint: 'only one key of a cell can be tuned: make the "where" of each apply to other members',
      });
    }
  });
}

/** A value of the key that is tuned. */
export type TunedValue = Tuning['values'][number];

/**
 * The recipe of a cell as written: base, then its members in the order of the axes, each over the ones before, then the
 * tuned value.
 *
 * @param value of the tuned key; null keeps the recipe's own
 * @throws UserError if a change concerns something that an earlier member has removed
 */
export function writeRecipe(
  study: Study,
  cell: Cell,
  seed: number,
  value: TunedValue | null,
): Overlay {
  const tuning = value === null ? null : tuningOf(study, cell);
  const layers = Object.entries(cell.members).map(([axis, member]) => ({
    place: `axes.${axis}.${member}`,
    changes: study.axes[axis]![member]!,
  }));
  if (tuning) layers.push({ place: 'tuning.key', changes: nest(tuning.key, value) });
  let recipe: Overlay = study.base;
  let removed: ReadonlyMap<string, string> = new Map();
  for (const { place, changes } of layers) {
    refuseRemoved(changes, removed, `${study.name}: ${cell.name}: ${place}`);
    removed = new Map([...removed, ...listRemoved(changes).map((key) => [key, place] as const)]);
    recipe = mergeOverlays(recipe, changes);
  }
  if (tuning) refuseMissingStage(recipe, tuning.key, study, cell);
  const name = Object.values(cell.members).join('-');
  return { ...recipe, name, seed };
}

/** `{ a: { b: value } }` of the key `a.b`. */
function nest(key: string, value: unknown): Overlay {
  const keys = key.split('.');
  return keys.reduceRight<unknown>((inner, one) => ({ [one]: inner }), value) as Overlay;
}

/** The stages that changes remove. */
function listRemoved({ stages }: Overlay): string[] {
  if (!isOverlay(stages)) return [];
  return Object.keys(stages).filter((name) => stages[name] === null);
}

/** A removed stage would come back with these changes only. */
function refuseRemoved(
  { stages }: Overlay,
  removed: ReadonlyMap<string, string>,
  place: string,
): void {
  const found = isOverlay(stages)
    ? Object.keys(stages).find((name) => stages[name] !== null && removed.has(name))
    : undefined;
  if (found === undefined) return;
  throw new UserError(
    `${place} changes the stage '${found}', which ${removed.get(found)} removes`,
    {
      hint: 'put the axis that removes a stage last, or leave this combination out with "exclude"',
    },
  );
}

/** A stage with the tuned value only would start with defaults. */
function refuseMissingStage(recipe: Overlay, key: string, study: Study, cell: Cell): void {
  const [first, stage] = key.split('.');
  if (first !== 'stages' || stage === undefined) return;
  const own = writeRecipe(study, cell, 0, null).stages;
  if (isOverlay(own) && isOverlay(own[stage]) && isOverlay(recipe.stages)) return;
  throw new UserError(`${study.name}: tuning.key: the cell ${cell.name} has no stage '${stage}'`, {
    hint: 'name the cells that have it in "where"',
  });
}
