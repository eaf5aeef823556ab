// Finds a plugin: a path relative to the recipe's folder, or a package that is installed there or above.

import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { parseJson } from '../files/json.ts';
import { isPluginPath } from '../run/plugin-paths.ts';

export type PluginPlace = {
  /** For messages, and for the record of a run: no folders, which would name a person. */
  readonly name: string;
  /** The module. */
  readonly file: string;
  /** What its files are named relative to. */
  readonly folder: string;
  /** Of an npm package. */
  readonly package: { readonly name: string; readonly version: string } | null;
};

/**
 * @param entry as a recipe has it
 * @param baseFolder where paths begin, and where packages are looked for; then in the working folder
 * @throws UserError if there is no such file or package, or it is nothing that can be imported
 */
export function findPlugin(entry: string, baseFolder: string): PluginPlace {
  const place = isPluginPath(entry)
    ? findFile(entry, baseFolder)
    : findPackage(entry, [baseFolder, process.cwd()]);
  if (/\.[cm]?tsx?$/.test(place.file)) {
    throw new UserError(`the plugin ${entry} is TypeScript, which Primordia does not compile`, {
      hint: 'compile it first (npx tsc), and name the .js file',
    });
  }
  if (!/\.[cm]?js$/.test(place.file)) {
    throw new UserError(`the plugin ${entry} is not a JavaScript module`, {
      hint: 'name a .js or .mjs file',
    });
  }
  return place;
}

function findFile(entry: string, baseFolder: string): PluginPlace {
  const file = path.resolve(baseFolder, entry);
  if (!isFile(file)) {
    const isFolder = existsSync(file);
    throw new UserError(`there is no plugin ${entry}${isFolder ? ': it is a folder' : ''}`, {
      hint: isFolder ? 'name the file in it' : `looked for ${file}; --plugin FILE names the file`,
    });
  }
  const real = realpathSync(file);
  const folder = path.dirname(real);
  return { name: path.basename(real), file: real, folder, package: null };
}

const isFile = (file: string) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

type PackageJson = {
  readonly version?: unknown;
  readonly main?: unknown;
  readonly exports?: unknown;
};

function findPackage(entry: string, from: readonly string[]): PluginPlace {
  const [, name, inner = ''] = /^((?:@[^/\\]+\/)?[^/\\@][^/\\]*)(\/.*)?$/.exec(entry) ?? [];
  if (name === undefined) {
    throw new UserError(`the plugin '${entry}' is neither a path nor the name of a package`, {
      hint: 'a path begins with ./ or ../ or /',
    });
  }
  const folder = from.flatMap(foldersAbove).find((at) => isFile(jsonOf(at, name)));
  if (folder === undefined) {
    throw new UserError(`there is no plugin '${entry}': no package of that name is installed`, {
      hint: `npm install ${name} beside the recipe, or, for a file, begin its path with ./`,
    });
  }
  const json = jsonOf(folder, name);
  const found = Object(parseJson(readFileSync(json, 'utf8'), json)) as PackageJson;
  const root = realpathSync(path.dirname(json));
  const target = targetOf(found, inner);
  const file = target === null ? null : path.resolve(root, target);
  if (file === null || !isFile(file) || path.relative(root, file).startsWith('..')) {
    throw new UserError(
      `the package ${name} has no module ${inner ? `'.${inner}'` : 'to import'}`,
      {
        hint: '"exports" or "main" in its package.json says what can be imported',
      },
    );
  }
  const version = String(found.version ?? 'no version');
  return {
    name: `${entry}@${version}`,
    file: realpathSync(file),
    folder: root,
    package: { name, version },
  };
}

const jsonOf = (folder: string, name: string) =>
  path.join(folder, 'node_modules', name, 'package.json');

function foldersAbove(folder: string): string[] {
  const at = path.resolve(folder);
  const above = path.dirname(at);
  return above === at ? [at] : [at, ...foldersAbove(above)];
}

/** What `import` takes for a package, or for a path in it. Patterns in "exports" are not read. */
function targetOf({ exports, main }: PackageJson, inner: string): string | null {
  if (exports === undefined) {
    if (inner !== '') return `.${inner}`;
    return typeof main === 'string' ? main : 'index.js';
  }
  const paths = Object(exports) as Readonly<Record<string, unknown>>;
  const hasPaths = Object.keys(paths).some((key) => key.startsWith('.'));
  if (hasPaths) return conditionOf(paths[`.${inner}`]);
  return inner === '' ? conditionOf(exports) : null;
}

const CONDITIONS = ['node', 'import', 'module-sync', 'default'];

function conditionOf(target: unknown): string | null {
  if (typeof target === 'string') return target;
  if (Array.isArray(target)) return conditionOf(target[0]);
  if (typeof target !== 'object' || target === null) return null;
  for (const [condition, inner] of Object.entries(target)) {
    const found = CONDITIONS.includes(condition) ? conditionOf(inner) : null;
    if (found !== null) return found;
  }
  return null;
}
