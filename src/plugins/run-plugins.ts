// The plugins of a run that is there: named by its recipe, and held against what it began with.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { readCheckedJson } from '../files/checked-json.ts';
import { readJsonFile } from '../files/json.ts';
import {
  isPluginPath,
  loadOverlay,
  type PluginRecord,
  recipeFolder,
  resolveBase,
  resolvePluginPaths,
} from '../run/index.ts';
import { requireSamePlugins } from './hash-plugin.ts';
import { type Kinds, loadKinds } from './kinds.ts';
import type { LoadedPlugins } from './load-plugins.ts';

const pluginsSchema = z.array(z.string()).default([]);
const record = z.object({
  entry: z.string(),
  sha256: z.string(),
  files: z.array(z.object({ file: z.string(), sha256: z.string() })),
});
const provenanceSchema = z.looseObject({ plugins: z.array(record).optional() });

/** Entries of `--plugin`: files from the working folder, whether they begin with ./ or not, and names of packages. */
export function readPluginFlags(given: readonly string[]): string[] {
  return given.map((entry) =>
    isPluginPath(entry) || /\.[cm]?[jt]sx?$/.test(entry) ? path.resolve(entry) : entry,
  );
}

/** `--plugin` as a setting of a recipe, which then names its own plugins and these. */
export function pluginSettings(given: readonly string[]): string[] {
  return given.length === 0 ? [] : [`plugins=${JSON.stringify(readPluginFlags(given))}`];
}

/**
 * The kinds that a recipe or study may name.
 *
 * @param settings `key.path=value` each, those of `pluginSettings` among them
 * @throws UserError if there is no such recipe, or a plugin is missing or cannot be loaded
 */
export async function loadRecipeKinds(
  nameOrFile: string,
  settings: readonly string[],
): Promise<LoadedPlugins<Kinds>> {
  const recipe = await resolveBase(await loadOverlay(nameOrFile, settings), nameOrFile, []);
  return loadKinds(entriesOf(recipe, nameOrFile), recipeFolder(nameOrFile));
}

function entriesOf(recipe: unknown, origin: string): string[] {
  // Whatever else is wrong with a recipe is said when it is checked.
  const { base, axes } = Object(recipe);
  const members = Object.values(Object(axes)).flatMap((axis) => Object.values(Object(axis)));
  return [recipe, base, ...members].flatMap((one) => {
    const { success, data } = pluginsSchema.safeParse(Object(one).plugins);
    if (success) return data;
    throw new UserError(`${origin}: plugins must be a list of files and packages`, {
      hint: 'for example "plugins": ["./my-world.js"]',
    });
  });
}

/**
 * The kinds that a run or study in a folder may name.
 *
 * @param given of `--plugin`: more of them, or where one lies now that is not found any more
 * @throws UserError if a plugin is missing, cannot be loaded, or is not what the run began with
 */
export async function loadRunKinds(
  directory: string,
  given: readonly string[] = [],
): Promise<LoadedPlugins<Kinds>> {
  const loaded = await loadKinds(runPluginEntries(directory, given), directory);
  requireRunPlugins(directory, loaded.records);
  return loaded;
}

/** What a run or study in a folder names, absolute paths and packages, with what `--plugin` adds or says of where it lies now. */
export function runPluginEntries(directory: string, given: readonly string[]): string[] {
  const found = readRunRecipe(directory);
  const own = found ? resolvePluginPaths(entriesOf(found.recipe, found.file), directory) : [];
  const flags = readPluginFlags(given);
  const moved = (entry: string) =>
    isPluginPath(entry) && !existsSync(entry)
      ? flags.find((flag) => path.basename(flag) === path.basename(entry))
      : undefined;
  return [...own.map((entry) => moved(entry) ?? entry), ...flags];
}

/**
 * @throws UserError where plugins are not those that the run or study in a folder began with, if there is one
 */
export function requireRunPlugins(
  directory: string,
  records: readonly PluginRecord[],
  {
    some = false,
  }: {
    /** Whether some of what the run began with may be missing. */
    readonly some?: boolean;
  } = {},
): void {
  const before = readPluginRecords(directory);
  const isHere = ({ entry }: PluginRecord) => records.some((record) => record.entry === entry);
  requireSamePlugins(some ? before.filter(isHere) : before, records);
}

/** The recipe or study in a folder, unchecked; null where there is none. */
export function readRunRecipe(directory: string) {
  const file = ['recipe.json', 'study.json']
    .map((name) => path.join(directory, name))
    .find((name) => existsSync(name));
  if (file === undefined) return null;
  return { file, recipe: readJsonFile(file) };
}

function readPluginRecords(directory: string): readonly PluginRecord[] {
  const file = path.join(directory, 'provenance.json');
  if (!existsSync(file)) return [];
  return readCheckedJson(file, provenanceSchema, 'the provenance of a run').plugins ?? [];
}
