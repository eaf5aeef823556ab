// Entries of `plugins` in recipes: paths relative to the file that contains them, or names of packages.

import path from 'node:path';

/** Whether an entry of `plugins` is a path; a package's name otherwise. */
export function isPluginPath(entry: string): boolean {
  return /^\.{0,2}[/\\]/.test(entry) || path.isAbsolute(entry);
}

/** Entries with absolute paths; packages as they are. */
export function resolvePluginPaths(entries: readonly string[], folder: string): string[] {
  return entries.map((entry) => (isPluginPath(entry) ? path.resolve(folder, entry) : entry));
}

/** Entries as a file in `folder` has them. */
function relativePluginPaths(entries: readonly string[], folder: string): string[] {
  return entries.map((entry) => {
    if (!isPluginPath(entry)) return entry;
    const relative = path.relative(path.resolve(folder), path.resolve(entry));
    const posix = relative.split(path.sep).join('/');
    return posix.startsWith('../') ? posix : `./${posix}`;
  });
}

/** A recipe, or a study with its base and the members of its axes, as a file in `folder` has it. */
export function withRelativePlugins<T>(recipe: T, folder: string): T {
  return mapPlugins(recipe, (entries) => relativePluginPaths(entries, folder));
}

/** A recipe or study as it was written in a file of `folder`, with absolute paths. */
export function withPluginPaths<T>(recipe: T, folder: string): T {
  return mapPlugins(recipe, (entries) => resolvePluginPaths(entries, folder));
}

function mapPlugins<T>(recipe: T, change: (entries: readonly string[]) => string[]): T {
  if (!isObject(recipe)) return recipe;
  const { plugins, base, axes } = recipe;
  const inside = (value: unknown) => mapPlugins(value, change);
  return {
    ...recipe,
    ...(isTextList(plugins) ? { plugins: change(plugins) } : {}),
    ...(isObject(base) ? { base: inside(base) } : {}),
    ...(isObject(axes) ? { axes: mapValues(axes, (axis) => mapValues(axis, inside)) } : {}),
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

function mapValues(value: unknown, change: (one: unknown) => unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, change(one)]));
}
