// From a study of recurrent networks to its runs: those that choose a learning rate, then those that count.

import { UserError } from '../../core/index.ts';
import { mergeOverlays, type Overlay } from '../../run/load-recipe.ts';
import { DEFAULT_STEPS, parseRecurrentRecipe, type RecurrentRecipe } from '../recipe.ts';
import type { RecurrentSummary } from '../summary.ts';
import type { RecurrentStudy } from './study-recipe.ts';

/** One task at one length under one algorithm. */
export type StudyPlace = {
  readonly task: string;
  readonly length: number;
  readonly algorithm: string;
};

/** One run of a study. */
export type RecurrentJob = StudyPlace & {
  /** Names the run, and is its folder inside the study's: `runs/copy/32/bptt/seed-0`. */
  readonly id: string;
  readonly seed: number;
  readonly recipe: RecurrentRecipe;
  /** The learning rate that is tried; null for a run that counts. */
  readonly tried: number | null;
};

/** How a run ended. One that diverged would do so again. */
export type Outcome = { readonly summary: RecurrentSummary } | { readonly diverged: string };

function listCells(study: RecurrentStudy): StudyPlace[] {
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
          ...{ ...cell, seed, tried: rate },
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
  chosen: (cell: StudyPlace) => number | null,
): RecurrentJob[] {
  return study.seeds.flatMap((seed) =>
    listCells(study).map((cell) => ({
      ...{ ...cell, seed, tried: null },
      id: `runs/${place(cell)}/seed-${seed}`,
      recipe: makeRecipe(study, cell, seed, chosen(cell)),
    })),
  );
}

function place({ task, length, algorithm }: StudyPlace): string {
  return `${task}/${length}/${algorithm}`;
}

/**
 * Base, task, length, algorithm: each over the ones before. BPTT takes as many steps as SMT and DMT of base, task and
 * length would together, unless the algorithm says otherwise.
 */
function makeRecipe(
  study: RecurrentStudy,
  cell: StudyPlace,
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
  if (bptt && bptt.steps === undefined && below.smt) {
    stages.bptt = { ...bptt, steps: stepsOf(below.smt) + stepsOf(below.dmt) };
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

/** Steps of a stage as written; none of a stage that there is not. */
function stepsOf(stage: unknown): number {
  if (!stage) return 0;
  return Number((stage as { steps?: number }).steps ?? DEFAULT_STEPS);
}
