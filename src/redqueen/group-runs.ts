// Groups runs by their settings: a comparison is over the settings in which its runs differ, whatever their recipes are
// called.

import { makeLayout } from './archive.ts';
import { coreSettings, type RedQueenRecipe } from './recipe.ts';

export type RunGroup<T> = {
  /** A short, unique label: the settings in which the group differs from the others. */
  readonly label: string;
  readonly runs: readonly T[];
  /** Values of the settings that differ between groups, in the order of `RunGrouping.settings`. */
  readonly values: readonly string[];
};

export type RunGrouping<T> = {
  /** Settings that differ between groups, as paths of the recipe. */
  readonly settings: readonly string[];
  readonly groups: readonly RunGroup<T>[];
};

/** Keys of a mutator that change what a run costs or how long it takes, and not what comes of it. */
const OPERATIONAL = new Set([
  'concurrency',
  'timeoutMs',
  'retries',
  'maxRequests',
  'maxTotalTokens',
  'apiKeyVariable',
]);
const NOT_SET = '–';

/** Groups in the order of their first runs. Runs of a group differ in their seed and name only. */
export function groupRuns<T extends { readonly recipe: RedQueenRecipe }>(
  runs: readonly T[],
): RunGrouping<T> {
  const byKey = new Map<string, { settings: Map<string, string>; runs: T[] }>();
  for (const run of runs) {
    const settings = flattenSettings(run.recipe);
    const key = JSON.stringify([...settings]);
    const group = byKey.get(key) ?? { settings, runs: [] };
    byKey.set(key, group);
    group.runs.push(run);
  }
  const found = [...byKey.values()];
  const paths = findDifferences(found.map(({ settings }) => settings));
  const labels = labelGroups(found, paths);
  return {
    settings: paths,
    groups: found.map(({ settings, runs: own }, i) => ({
      label: labels[i]!,
      runs: own,
      values: paths.map((path) => settings.get(path) ?? NOT_SET),
    })),
  };
}

/** All that decides what comes of a run, but its seed, by path. */
function flattenSettings(recipe: RedQueenRecipe): Map<string, string> {
  const { name, description, seed, kind, $schema, ...rest } = recipe;
  const layout = makeLayout(recipe.archive);
  const leaves = new Map<string, string>();
  const add = (value: unknown, path: string) => {
    if (typeof value !== 'object' || value === null) leaves.set(path, writeValue(value));
    else if (Array.isArray(value)) leaves.set(path, value.map(writeValue).join(' × ') || 'none');
    else {
      for (const [key, inner] of Object.entries(value)) {
        if (inner === undefined || (path.startsWith('mutator') && OPERATIONAL.has(key))) continue;
        add(inner, path === '' ? key : `${path}.${key}`);
      }
    }
  };
  // Others follow from these.
  const { coreSize, maxCycles, maxProcesses, maxLength, minSeparation } = coreSettings(recipe);
  const core = { coreSize, maxCycles, maxProcesses, maxLength, minSeparation };
  add({ ...rest, core, archive: { ...layout, edges: undefined } }, '');
  for (const [i, axis] of layout.axes.entries()) add(layout.edges[i], `archive.edges.${axis}`);
  for (const kind of ['mutator', 'mutator.llm']) {
    if (leaves.has(`${kind}.model`) && !leaves.has(`${kind}.baseUrl`)) {
      leaves.set(`${kind}.baseUrl`, 'the provider’s own');
    }
  }
  return leaves;
}

function writeValue(value: unknown): string {
  return value === null ? 'none' : String(value);
}

/** Paths whose values differ. What only one kind of mutator has, its model apart, is not a difference beside the kind. */
function findDifferences(groups: readonly ReadonlyMap<string, string>[]): string[] {
  const paths = [...new Set(groups.flatMap((settings) => [...settings.keys()]))];
  return paths.filter((path) => {
    const values = groups.map((settings) => settings.get(path));
    const counted =
      path.startsWith('mutator.') && !path.endsWith('.model')
        ? values.filter((value) => value !== undefined)
        : values;
    return new Set(counted).size > 1;
  });
}

function labelGroups(
  groups: readonly {
    settings: ReadonlyMap<string, string>;
    runs: readonly { recipe: RedQueenRecipe }[];
  }[],
  paths: readonly string[],
): string[] {
  if (groups.length === 1) {
    return [[...new Set(groups[0]!.runs.map(({ recipe }) => recipe.name))].join(', ')];
  }
  const write = (settings: ReadonlyMap<string, string>, shown: readonly string[]) => {
    const lead = paths.includes('mutator.kind') ? nameMutator(settings) : null;
    const rest = shown.flatMap((path) => {
      const value = settings.get(path);
      return value === undefined ? [] : [nameSetting(path, value)];
    });
    return [...new Set(lead === null ? rest : [lead, ...rest])].join(', ');
  };
  const usual = new Map(paths.map((path) => [path, findMajority(groups, path)]));
  const short = groups.map(({ settings }) => {
    const own = paths.filter(
      (path) => path !== 'mutator.kind' && settings.get(path) !== usual.get(path),
    );
    // A group that has the usual value of everything is named by the first setting that others change.
    return write(settings, own) || write(settings, paths.slice(0, 1));
  });
  if (new Set(short).size === groups.length) return short;
  const whole = groups.map(({ settings }) => write(settings, paths));
  if (new Set(whole).size === groups.length) return whole;
  return whole.map((label, i) => `${i + 1}: ${label}`);
}

/** The value that more than half of the groups have, or null. */
function findMajority(
  groups: readonly { settings: ReadonlyMap<string, string> }[],
  path: string,
): string | undefined | null {
  const values = groups.map(({ settings }) => settings.get(path));
  return (
    values.find((one) => 2 * values.filter((other) => other === one).length > values.length) ?? null
  );
}

/** The mutator in a word: what a label begins with where kinds of mutators are compared. */
function nameMutator(settings: ReadonlyMap<string, string>): string {
  const kind = settings.get('mutator.kind')!;
  return kind === 'llm' ? settings.get('mutator.model')! : kind;
}

/** A setting in words. */
function nameSetting(path: string, value: string): string {
  switch (path) {
    case 'opponents.last':
      return `K ${value === 'none' ? 'all' : value}`;
    case 'opponents.target':
      return value === 'static' ? 'static opponents' : 'champions as opponents';
    case 'archive.axes':
      return value === 'none' ? 'single niche' : value;
    case 'mutator.kind':
    case 'mutator.model':
    case 'mutator.provider':
    case 'mutator.llm.model':
    case 'mutator.llm.provider':
      return value;
    case 'rounds':
    case 'iterations':
    case 'simulations':
      return `${value} ${path}`;
    default:
      return `${path.replace(/^mutator\.(llm\.|genetic\.)?/, '')} ${value}`;
  }
}
