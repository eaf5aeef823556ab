// From the runs of a study to its jobs. First stages that several runs share are a job of their own.

import { UserError } from '../core/index.ts';
import type { StudyRun } from './list-runs.ts';
import {
  canSplit,
  countStages,
  describePrefix,
  describeRecipe,
  namePrefix,
  resolveStartPath,
  type StagedRecipe,
  startPath,
  takePrefix,
  takeRest,
} from './split-recipe.ts';

/** A job: all stages of a run of the study, or those that it does not share. */
export type StudyJob<R extends StagedRecipe = StagedRecipe> = {
  /** The job's name, and its folder below `jobs`. */
  readonly id: string;
  readonly label: string;
  readonly recipe: R;
  /** The job whose last model this one starts from, if any. */
  readonly after: readonly string[];
};

export type Plan<R extends StagedRecipe = StagedRecipe> = {
  /** By id; each after the one that it starts from, and seed by seed, so that pairs are complete early. */
  readonly jobs: ReadonlyMap<string, StudyJob<R>>;
  /** The job that ends each run, by the run's id, in their order. */
  readonly jobOf: ReadonlyMap<string, string>;
};

type Parse<R> = (value: unknown, origin: string) => R;

/** A shared job, with the number of stages that it ends. */
type Origin<R> = {
  readonly id: string;
  readonly count: number;
  /** Of all its stages, those before it included. */
  readonly recipe: R;
  readonly before: Origin<R> | null;
};

/**
 * The jobs of some runs. First stages that several runs of a seed share exactly are a job of their own; stages that only one run
 * needs stay in its job. Jobs that have started stay as they are, and later runs continue from them.
 *
 * @param begun recipes of the jobs that have begun, by id
 * @throws UserError if one has begun under another recipe
 */
export function planJobs<R extends StagedRecipe>(
  runs: readonly StudyRun<R>[],
  begun: ReadonlyMap<string, R>,
  parse: Parse<R>,
): Plan<R> {
  const jobs = new Map<string, StudyJob<R>>();
  const jobOf = new Map<string, string>();

  const split = (id: string, recipe: R, origin: { id: string; count: number } | null): R =>
    origin ? parse(takeRest(recipe, origin.count, startPath(id, origin.id)), id) : recipe;

  const add = (id: string, label: string, recipe: R, origin: Origin<R> | null) => {
    const after = origin ? [origin.id] : [];
    jobs.set(id, { id, label, recipe: split(id, recipe, origin), after });
  };

  /** Adopts a job that has started; false if it has not. */
  const keep = (id: string, label: string, recipe: R, describe: (recipe: R) => string): boolean => {
    const there = begun.get(id);
    if (!there) return false;
    const from = findOrigin(id, there);
    const count = countStages(recipe) - countStages(there);
    if (from !== null && (count < 1 || from !== sharedId(recipe, count))) throw otherRecipe(id);
    const own = split(id, recipe, from === null ? null : { id: from, count });
    if (describe(own) !== describe(there)) throw otherRecipe(id);
    if (from !== null) share(takePrefix(recipe, count), null);
    jobs.set(id, { id, label, recipe: there, after: from === null ? [] : [from] });
    return true;
  };

  /** A job with all stages of `recipe`, from which several runs continue. */
  const share = (recipe: R, before: Origin<R> | null): Origin<R> => {
    const count = countStages(recipe);
    const id = sharedId(recipe, count);
    const named = { ...recipe, name: namePrefix(recipe, count) };
    const label = named.name;
    const describe = (one: R) => describePrefix(one, countStages(one));
    if (!jobs.has(id) && !keep(id, label, named, describe)) add(id, label, named, before);
    return { id, count, recipe: named, before };
  };

  const finish = (run: StudyRun<R>, origin: Origin<R> | null): void => {
    const isWhole = origin?.count === countStages(run.recipe) && countStages(run.recipe) > 0;
    if (origin && isWhole) {
      if (describeRecipe(origin.recipe) !== describeRecipe(run.recipe)) finish(run, origin.before);
      else jobOf.set(run.id, origin.id);
      return;
    }
    add(run.id, run.label, run.recipe, origin);
    jobOf.set(run.id, run.id);
  };

  /** Plans runs that have their first `depth` stages in common, of which `origin` is a job. */
  const plan = (group: readonly StudyRun<R>[], depth: number, origin: Origin<R> | null): void => {
    for (const run of group) if (countStages(run.recipe) === depth) finish(run, origin);
    const going = group.filter(({ recipe }) => countStages(recipe) > depth);
    for (const members of groupBy(going, ({ recipe }) => describePrefix(recipe, depth + 1))) {
      const recipes = members.map(({ recipe }) => recipe);
      const common = countCommon(recipes, depth + 1);
      const cuts = range((origin?.count ?? 0) + 1, common).filter((count) =>
        recipes.every((recipe) => canSplit(recipe, count)),
      );
      const known = cuts.find((count) => begun.has(sharedId(recipes[0]!, count)));
      const cut = known ?? (members.length > 1 ? cuts.at(-1) : undefined);
      if (cut !== undefined) {
        const ending = recipes.find((recipe) => countStages(recipe) === cut);
        plan(members, cut, share(takePrefix(ending ?? recipes[0]!, cut), origin));
      } else if (members.length === 1) finish(members[0]!, origin);
      else plan(members, common, origin);
    }
  };

  const free = runs.filter(({ id, label, recipe }) => {
    const isKept = keep(id, label, recipe, describeRecipe);
    if (isKept) jobOf.set(id, id);
    return !isKept;
  });
  for (const group of groupBy(free, ({ seed }) => String(seed))) plan(group, 0, null);
  return {
    jobs: orderJobs(runs, jobs, jobOf),
    jobOf: new Map(runs.map(({ id }) => [id, jobOf.get(id)!])),
  };
}

/** Jobs in the order of their runs, each after the one it begins with; shared ones are named after their cells. */
function orderJobs<R extends StagedRecipe>(
  runs: readonly StudyRun<R>[],
  jobs: ReadonlyMap<string, StudyJob<R>>,
  jobOf: ReadonlyMap<string, string>,
): Map<string, StudyJob<R>> {
  const cellsOf = new Map<string, Set<string>>();
  const visit = (id: string, cell: string) => {
    for (const before of jobs.get(id)!.after) visit(before, cell);
    cellsOf.set(id, (cellsOf.get(id) ?? new Set()).add(cell));
  };
  for (const { id, cell } of runs) visit(jobOf.get(id)!, cell.name);
  return new Map(
    [...cellsOf].map(([id, cells]) => {
      const job = jobs.get(id)!;
      return [id, id.startsWith(SHARED) ? { ...job, label: labelShared(job, [...cells]) } : job];
    }),
  );
}

/** The jobs that a run is made of, in the order of its stages. */
export function chainOf({ jobs, jobOf }: Plan, run: Pick<StudyRun, 'id'>): StudyJob[] {
  const chain: StudyJob[] = [];
  const find = (id: string | undefined) => (id === undefined ? undefined : jobs.get(id));
  for (let job = find(jobOf.get(run.id)); job; job = find(job.after[0])) chain.unshift(job);
  return chain;
}

const SHARED = 'shared/';

/** `source of nca, nca-attention seed 0` */
function labelShared({ recipe }: StudyJob, cells: readonly string[]): string {
  const stage = Object.keys(recipe.stages ?? {}).at(-1);
  const names = cells.length > 3 ? `${cells[0]} and ${cells.length - 1} more` : cells.join(', ');
  return `${stage} of ${names} seed ${recipe.seed}`;
}

function sharedId(recipe: StagedRecipe, count: number): string {
  return `${SHARED}${namePrefix(recipe, count)}/seed-${recipe.seed}`;
}

/** The job from which a started one continues; null for none. */
function findOrigin(id: string, { stages = {} }: StagedRecipe): string | null {
  for (const { start } of Object.values(stages)) {
    const origin = resolveStartPath(id, start?.from);
    if (origin !== null) return origin;
  }
  return null;
}

/** How many first stages recipes have in common that have `least` at least. */
function countCommon(recipes: readonly StagedRecipe[], least: number): number {
  const shortest = Math.min(...recipes.map(countStages));
  let count = least;
  while (count < shortest) {
    if (new Set(recipes.map((recipe) => describePrefix(recipe, count + 1))).size > 1) break;
    count++;
  }
  return count;
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return [...groups.values()];
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

function otherRecipe(id: string): UserError {
  return new UserError(`jobs/${id} was run with a different recipe, or from a different model`, {
    hint: 'choose another --out, or remove that folder and those of the jobs that start from it',
  });
}
