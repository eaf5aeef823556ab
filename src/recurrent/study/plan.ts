// From a study of recurrent networks to its runs: those that choose a learning rate, then those that count.

import path from 'node:path';
import { UserError } from '../../core/index.ts';
import { mergeOverlays, type Overlay } from '../../run/load-recipe.ts';
import { parseRecurrentRecipe, type RecurrentRecipe } from '../recipe.ts';
import type { RecurrentStudy } from './study-recipe.ts';

/** One task at one length under one algorithm. */
export type Cell = { readonly task: string; readonly length: number; readonly algorithm: string };

/** One run of a study. */
export type RecurrentJob = Cell & {
  /** Names the run, and is its folder inside the study's: `runs/copy/32/bptt/seed-0`. */
  readonly id: string;
  readonly seed: number;
  readonly recipe: RecurrentRecipe;
  /** The learning rate that is tried; null for a run that counts. */
  readonly tried: number | null;
  readonly after: null;
};

/** Where a run of a study lies. */
export function recurrentJobDirectory(directory: string, { id }: Pick<RecurrentJob, 'id'>): string {
  return path.join(directory, id);
}

export function listCells(study: RecurrentStudy): Cell[] {
  return Object.keys(study.tasks).flatMap((task) =>
    Object.keys(study.lengths).flatMap((length) =>
      Object.keys(study.algorithms).map((algorithm) => ({
        ...{ task, length: Number(length), algorithm },
      })),
    ),
  );
}

/** The runs that try learning rates. Throws UserError for a recipe that does not hold, naming the cell. */
export function planTuning(study: RecurrentStudy): RecurrentJob[] {
  const { algorithms, learningRates, seeds } = study.tuning;
  return listCells(study)
    .filter(({ algorithm }) => algorithms.includes(algorithm))
    .flatMap((cell) =>
      seeds.flatMap((seed) =>
        learningRates.map((rate) => ({
          ...{ ...cell, seed, tried: rate, after: null },
          id: `tuning/${place(cell)}/rate-${rate}/seed-${seed}`,
          recipe: makeRecipe(study, cell, seed, rate),
        })),
      ),
    );
}

/**
 * The runs that count, seed by seed, so that pairs are complete as early as possible.
 *
 * @param chosen the learning rate of a tuned cell; null where the recipe's own stands
 */
export function planRuns(
  study: RecurrentStudy,
  chosen: (cell: Cell) => number | null,
): RecurrentJob[] {
  return study.seeds.flatMap((seed) =>
    listCells(study).map((cell) => ({
      ...{ ...cell, seed, tried: null, after: null },
      id: `runs/${place(cell)}/seed-${seed}`,
      recipe: makeRecipe(study, cell, seed, chosen(cell)),
    })),
  );
}

function place({ task, length, algorithm }: Cell): string {
  return `${task}/${length}/${algorithm}`;
}

/**
 * Base, task, length, algorithm: each over the ones before. BPTT takes as many steps as SMT and DMT would together,
 * unless the algorithm says otherwise.
 */
function makeRecipe(
  study: RecurrentStudy,
  cell: Cell,
  seed: number,
  rate: number | null,
): RecurrentRecipe {
  const name = `${cell.task}-${cell.length}-${cell.algorithm}`;
  const below = [study.base, study.tasks[cell.task]!, study.lengths[String(cell.length)]!].reduce(
    mergeOverlays,
  );
  const merged = mergeOverlays(below, study.algorithms[cell.algorithm]!);
  const stages = { ...merged };
  const bptt = merged.bptt as Overlay | null | undefined;
  if (bptt && bptt.steps === undefined) {
    const steps = stepsOf(below.smt) + stepsOf(below.dmt);
    if (steps > 0) stages.bptt = { ...bptt, steps };
  }
  if (rate !== null) {
    const stage = stages.bptt ? 'bptt' : 'smt';
    stages[stage] = mergeOverlays(stages[stage] as Overlay, { optimizer: { learningRate: rate } });
  }
  for (const key of ['name', 'seed', 'contextLength']) {
    if (merged[key] === undefined) continue;
    throw new UserError(`${study.name}: ${key} has no effect in a study`, {
      hint: "use the study's name, seeds and lengths",
    });
  }
  return parseRecurrentRecipe(
    { ...stages, kind: 'recurrent', name, seed, contextLength: cell.length },
    name,
  );
}

function stepsOf(stage: unknown): number {
  return Number((stage as { steps?: number } | null | undefined)?.steps ?? 0);
}
