// Splits a run of several stages: into one of its first stages, which others may share, and one that continues from it.

import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Overlay } from '../run/load-recipe.ts';

type Stage = {
  readonly data?: unknown;
  readonly start?: ({ readonly from?: string | undefined } & Overlay) | null | undefined;
} & Overlay;

/** The parts of a checked recipe that a study knows; a recipe without stages is never split. */
export type StagedRecipe = {
  readonly name: string;
  readonly seed: number;
  readonly stages?: Readonly<Record<string, Stage>>;
};

/** Sizes that a run says for all of its stages. */
const SHARED_SIZES = ['contextLength', 'batchSize', 'accumulate', 'heldOutSequences'] as const;

/** Marks a path in `start.from` that is relative to the run's own folder, so that the study can be moved. */
export const FROM_RUN = 'run:';

/** `start.from` of a run in one folder that begins with the run in another. */
export function startPath(directory: string, origin: string): string {
  return FROM_RUN + path.posix.relative(directory, origin);
}

/** The folder that such a `start.from` names; null for another one. */
export function resolveStartPath(directory: string, from: string | undefined): string | null {
  if (!from?.startsWith(FROM_RUN)) return null;
  return path.posix.join(directory, from.slice(FROM_RUN.length));
}

export function countStages({ stages = {} }: StagedRecipe): number {
  return Object.keys(stages).length;
}

/**
 * The keys that affect a run's numbers: not its name, its description and what is kept, how the machine is used, or the paths of
 * plugins, whose hashes are recorded.
 */
export function describeRecipe(recipe: StagedRecipe): string {
  const { name, description, checkpoint, $schema, plugins, ...rest } = recipe as Overlay;
  return JSON.stringify({ ...rest, engine: describeEngine(rest.engine) }, sortKeys);
}

/** The keys that affect the numbers of a run's first stages. */
export function describePrefix(recipe: StagedRecipe, count: number): string {
  const { seed, model, engine, data, ...run } = recipe as StagedRecipe & Overlay;
  const sizes = Object.fromEntries(SHARED_SIZES.map((key) => [key, run[key]]));
  const stages = listStages(recipe)
    .slice(0, count)
    .map(([name, stage]) => [name, { ...sizes, ...stage, data: stage.data ?? { shared: data } }]);
  return JSON.stringify({ seed, model, engine: describeEngine(engine), stages }, sortKeys);
}

/** Names a run of a recipe's first stages: the last of them, and a hash of what decides their numbers. */
export function namePrefix(recipe: StagedRecipe, count: number): string {
  // Seeds share a name, and have folders of their own below it.
  const prefix = describePrefix({ ...recipe, seed: 0 }, count);
  const hash = createHash('sha256').update(prefix).digest('hex').slice(0, 8);
  return `${listStages(recipe)[count - 1]![0]}-${hash}`;
}

/**
 * Whether a run can be split after its first `count` stages. The rest must need only their last model, so that its numbers are those
 * of the whole run. Stages that continue in the run's own data must stay together.
 */
export function canSplit(recipe: StagedRecipe, count: number): boolean {
  const stages = listStages(recipe);
  const [before, after] = [stages.slice(0, count), stages.slice(count)];
  if (after.length === 0) return true;
  const usesRunData = ([, { data }]: NamedStage) => data === undefined || data === null;
  if (before.some(usesRunData) && after.some(usesRunData)) return false;
  const origins = after.map(([name]) => originOf(stages, name));
  const earlier = before.map(([name]) => name);
  const last = earlier.pop()!;
  return origins.includes(last) && !origins.some((from) => from !== null && earlier.includes(from));
}

/** The recipe of a run of the first `count` stages. */
export function takePrefix<R extends StagedRecipe>(recipe: R, count: number): R {
  return { ...recipe, stages: Object.fromEntries(listStages(recipe).slice(0, count)) };
}

/**
 * The recipe of a run of the stages that follow the first `count`.
 *
 * @param from `start.from` of the stages that start from the last of these
 */
export function takeRest<R extends StagedRecipe>(recipe: R, count: number, from: string): R {
  const stages = listStages(recipe);
  const last = stages[count - 1]![0];
  const rest = stages
    .slice(count)
    .map(
      ([name, stage]): NamedStage =>
        originOf(stages, name) === last
          ? [name, { ...stage, start: { ...stage.start, from } }]
          : [name, stage],
    );
  return { ...recipe, stages: Object.fromEntries(rest) };
}

type NamedStage = readonly [name: string, stage: Stage];

function listStages({ stages = {} }: StagedRecipe): NamedStage[] {
  return Object.entries(stages);
}

/** What a stage begins with: by default the stage before it. */
function originOf(stages: readonly NamedStage[], name: string): string | null {
  const at = stages.findIndex(([other]) => other === name);
  const { start } = stages[at]![1];
  if (start === null) return null;
  return start?.from ?? stages[at - 1]?.[0] ?? null;
}

/** The number of threads affects no number; a mesh affects their last digits. */
function describeEngine(engine: unknown): unknown {
  const { threads: _, mesh, shard, ...rest } = (engine ?? {}) as Overlay;
  return mesh ? { ...rest, mesh, shard } : rest;
}

/** Keys of objects in one order, except for those of stages, whose order is that of training. */
function sortKeys(key: string, value: unknown): unknown {
  if (key === 'stages' || typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
