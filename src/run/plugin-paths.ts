// Entries of `plugins` in recipes: paths from the file that they stand in, wherever that goes, or names of packages.

import path from 'node:path';

/** Whether an entry of `plugins` is a path; a package's name otherwise. */
export function isPluginPath(entry: string): boolean {
  return /^\.{0,2}[/\\]/.test(entry) || path.isAbsolute(entry);
}

/** Entries with absolute paths; packages as they are. */
export function resolvePluginPaths(entries: readonly string[], folder: string): string[] {
  return entries.map((entry) => (isPluginPath(entry) ? path.resolve(folder, entry) : entry));
}

/** A recipe as a file in `folder` has it. */
export function withRelativePlugins<R extends { readonly plugins?: readonly string[] | undefined }>(
  recipe: R,
  folder: string,
): R {
  const plugins = recipe.plugins?.map((entry) => {
    if (!isPluginPath(entry)) return entry;
    const relative = path.relative(path.resolve(folder), path.resolve(entry));
    const posix = relative.split(path.sep).join('/');
    return posix.startsWith('../') ? posix : `./${posix}`;
  });
  return plugins ? { ...recipe, plugins } : recipe;
}

/** A recipe as written in a file of `folder`, or a study with its base and the members of its axes. */
export function withPluginPaths<T>(overlay: T, folder: string): T {
  if (!isObject(overlay)) return overlay;
  const { plugins, base, axes } = overlay;
  const inside = (value: unknown) => withPluginPaths(value, folder);
  return {
    ...overlay,
    ...(isTextList(plugins) ? { plugins: resolvePluginPaths(plugins, folder) } : {}),
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
