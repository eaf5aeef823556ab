// From a name, a file and `--set key=value` to a checked recipe.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nearestName, UserError } from '../core/index.ts';
import { parseJson } from '../files/json.ts';
import { readRegularFile } from '../files/read-file.ts';
import { evaluateRecipe } from './evaluate-recipe.ts';
import { toPlainJson } from './plain-json.ts';
import { withPluginPaths } from './plugin-paths.ts';

const MAX_RECIPE_BYTES = 2 ** 24;
/** Upper limit of recipes that extend each other. */
const MAX_EXTENDS = 32;

/** A recipe as written, not checked yet. */
export type Overlay = { readonly [key: string]: unknown };

/** The folder of recipes that come with the package. */
function shippedFolder(): string {
  return fileURLToPath(new URL('../../recipes/', import.meta.url));
}

/** Names of the recipes that come with the package. */
export function listRecipes(): string[] {
  return readdirSync(shippedFolder())
    .filter((file) => file.endsWith('.js'))
    .map((file) => path.basename(file, '.js'))
    .sort();
}

/**
 * A study whose base contains what it extends.
 *
 * @param own keys of a recipe that a study decides itself: those of the extended recipe are left out
 */
export async function resolveBase(
  study: Overlay,
  nameOrFile: string,
  own: readonly string[],
): Promise<Overlay> {
  const { base } = study;
  if (!isOverlay(base) || base.extends === undefined) return study;
  const resolved = await resolveExtends(base, findRecipe(nameOrFile), []);
  const kept = Object.entries(resolved).filter(([key]) => !own.includes(key));
  return { ...study, base: Object.fromEntries(kept) };
}

/** The kinds of recipes, each with a description and the command that runs it. */
const RECIPE_KINDS = {
  training: ['a training run', 'train'],
  study: ['a study of several runs', 'study'],
  redqueen: ['an arms race', 'drq'],
} as const;
export type RecipeKind = keyof typeof RECIPE_KINDS;

/** The kind of a recipe as written: one without a kind is a study where it has axes. Not checked against those that there are. */
export function recipeKindOf(recipe: Overlay): RecipeKind {
  const { kind = recipe.axes === undefined ? 'training' : 'study' } = recipe;
  return kind as RecipeKind;
}

/** @throws UserError if an overlay is of another kind than wanted, naming the command for it */
export function requireRecipeKind(recipe: Overlay, nameOrFile: string, wanted: RecipeKind): void {
  const found = recipeKindOf(recipe);
  if (found === wanted) return;
  const near = nearestName(String(found), Object.keys(RECIPE_KINDS));
  if (!Object.hasOwn(RECIPE_KINDS, found)) {
    throw new UserError(`${nameOrFile}: there is no kind of recipe called '${found}'`, {
      hint: near ? `did you mean '${near}'?` : 'a recipe of a training run has no kind',
    });
  }
  const [what, command] = RECIPE_KINDS[found];
  throw new UserError(`${nameOrFile} is ${what}, not ${RECIPE_KINDS[wanted][0]}`, {
    hint: `primordia ${command} ${nameOrFile}`,
  });
}

/**
 * A recipe as written, merged with what it extends, with settings applied: not checked yet.
 *
 * @throws UserError if there is no such recipe, or a setting is not a `key=value`
 */
export async function loadOverlay(
  nameOrFile: string,
  settings: readonly string[],
): Promise<Overlay> {
  const overlay = await readOverlay(nameOrFile, []);
  return settings.reduce((recipe, setting) => applySetting(recipe, setting), overlay);
}

/** Reads a file, merged with what it `extends`. */
async function readOverlay(nameOrFile: string, seen: readonly string[]): Promise<Overlay> {
  const file = findRecipe(nameOrFile);
  if (seen.includes(file)) {
    throw new UserError(
      `${nameOrFile}: the recipe extends itself (${[...seen, file].join(' → ')})`,
    );
  }
  if (seen.length >= MAX_EXTENDS) {
    throw new UserError(`${nameOrFile}: more than ${MAX_EXTENDS} recipes extend each other`);
  }
  const own = withPluginPaths(await readRecipeFile(file), path.dirname(file));
  return resolveExtends({ name: path.basename(file, path.extname(file)), ...own }, file, seen);
}

/** An overlay in `file`, merged with the recipe that it `extends`. */
async function resolveExtends(
  { extends: base, ...own }: Overlay,
  file: string,
  seen: readonly string[],
): Promise<Overlay> {
  if (base === undefined) return own;
  if (typeof base !== 'string') throw new UserError(`${file}: 'extends' must name a recipe`);
  const beside = path.resolve(path.dirname(file), base);
  const below = await readOverlay(isRecipeFile(base) ? beside : base, [...seen, file]);
  return mergeOverlays(below, own);
}

function isRecipeFile(name: string): boolean {
  return /\.(json|m?js)$/.test(name);
}

/** The folder of a recipe, to which its paths are relative. */
export function recipeFolder(nameOrFile: string): string {
  return path.dirname(findRecipe(nameOrFile));
}

function findRecipe(nameOrFile: string): string {
  if (isRecipeFile(nameOrFile)) {
    if (existsSync(nameOrFile)) return path.resolve(nameOrFile);
    throw new UserError(`no recipe file ${nameOrFile}`, {
      hint: `give the path of a .json or .js file, or one of: ${listRecipes().join(', ')}`,
    });
  }
  const shipped = path.join(shippedFolder(), `${nameOrFile}.js`);
  if (listRecipes().includes(nameOrFile)) return shipped;
  const near = nearestName(nameOrFile, listRecipes());
  throw new UserError(`no recipe is called '${nameOrFile}'`, {
    hint: near ? `did you mean '${near}'?` : `there are: ${listRecipes().join(', ')}`,
  });
}

async function readRecipeFile(file: string): Promise<Overlay> {
  // Checked before the import, since importing a pipe would wait for its other end.
  const bytes = readRegularFile(file, { maxBytes: MAX_RECIPE_BYTES });
  const value = file.endsWith('.json') ? parseRecipeJson(bytes, file) : await importRecipe(file);
  if (!isOverlay(value)) {
    throw new UserError(`${file} holds no recipe`, {
      hint: 'a .json file holds one object, a .js file exports it as default',
    });
  }
  return value;
}

function parseRecipeJson(bytes: Uint8Array, file: string): unknown {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder('utf-8').decode(bytes), file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const reason = error.message.replace(`${file} `, 'it ');
    throw new UserError(`${file} cannot be read as a recipe: ${reason}`, { cause: error });
  }
  return toPlainJson(value, file);
}

async function importRecipe(file: string): Promise<unknown> {
  if (path.dirname(file) !== path.resolve(shippedFolder())) return evaluateRecipe(file);
  const { default: value } = (await import(pathToFileURL(file).href)) as { default?: unknown };
  return toPlainJson(value, file);
}

export function isOverlay(value: unknown): value is Overlay {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Merges the second over the first: objects merge, everything else replaces, and so does an object of another `kind`. The
 * plugins of both are kept.
 */
export function mergeOverlays(below: Overlay, above: Overlay): Overlay {
  const merged = mergeKeys(below, above);
  if (!Array.isArray(below.plugins) || !Array.isArray(above.plugins)) return merged;
  return { ...merged, plugins: [...new Set([...below.plugins, ...above.plugins])] };
}

function mergeKeys(below: Overlay, above: Overlay): Overlay {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = merged[key];
    const merges = isOverlay(old) && isOverlay(value) && mayShareKind(old, value);
    merged[key] = merges ? mergeKeys(old, value) : value;
  }
  return merged;
}

/** Whether two overlays can have the same kind; one without a kind fits any. */
function mayShareKind(a: Overlay, b: Overlay): boolean {
  return a.kind === undefined || b.kind === undefined || a.kind === b.kind;
}

/** Levels of a recipe, with some to spare. */
const MAX_SETTING_DEPTH = 20;

/** Applies one `key.path=value`. */
export function applySetting(recipe: Overlay, setting: string): Overlay {
  const at = setting.indexOf('=');
  if (at <= 0) {
    throw new UserError(`--set ${setting}: this is not key=value`, {
      hint: 'for example --set stages.text.steps=500',
    });
  }
  const keys = setting.slice(0, at).split('.');
  if (keys.length > MAX_SETTING_DEPTH || keys.includes('__proto__')) {
    throw new UserError(`--set ${setting.slice(0, 80)}: recipes have no such key`);
  }
  const text = setting.slice(at + 1);
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    // Plain text needs no quotes.
  }
  const overlay = keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Overlay;
  return mergeOverlays(recipe, overlay);
}
