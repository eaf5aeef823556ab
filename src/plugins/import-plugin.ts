// Importing a plugin, with what goes wrong in words for its author.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UserError } from '../core/index.ts';
import type { PluginPlace } from './find-plugin.ts';

/** Of this thread: hooks stay for as long as it lives, and more of the same would only take time. */
let hasHooks = false;

function installHooks(): void {
  if (hasHooks) return;
  hasHooks = true;
  // Node asks for them in a thread without a compiler: from sources, the built ones are used.
  const built = '../../dist/plugins/plugin-hooks.js';
  const hooks = import.meta.url.endsWith('.ts') ? built : './plugin-hooks.js';
  register(new URL(hooks, import.meta.url));
}

/**
 * The default export of a plugin's module, which can import `primordia/…` and `zod` wherever it lies.
 *
 * @param files all of its files, relative to its folder
 * @throws UserError if there is none, or importing it fails, with the file and line
 */
export async function importPlugin(place: PluginPlace, files: readonly string[]): Promise<unknown> {
  installHooks();
  let module: { readonly default?: unknown };
  try {
    module = await import(pathToFileURL(place.file).href);
  } catch (error) {
    throw explain(error, place, files);
  }
  if (module.default !== undefined) return module.default;
  throw new UserError(`the plugin ${place.name} has no default export`, {
    hint: 'it ends in: export default { models: [ … ], worlds: [ … ] }',
  });
}

function explain(error: unknown, place: PluginPlace, files: readonly string[]): UserError {
  const { name, message, stack, code } = Object(error) as Partial<Error> & { code?: unknown };
  const what = `the plugin ${place.name} cannot be loaded`;
  const text = (message ?? String(error)).replace(/\s+imported from .*$/s, '').split('\n')[0]!;
  const at = name === 'SyntaxError' ? findSyntaxError(place, files) : locateIn(stack ?? '', place);
  const hint = hintFor(code, text);
  const isPlain = hint !== null || name === 'SyntaxError';
  const why = isPlain ? text : `it throws ${describe(name)}: ${text}`;
  return new UserError(`${what}: ${why}${at === null ? '' : ` (${at})`}`, {
    cause: error,
    ...(hint === null ? {} : { hint }),
  });
}

function hintFor(code: unknown, message: string): string | null {
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') {
    return 'a plugin imports files beside it, packages installed there, primordia/… and zod';
  }
  if (/import statement outside|Unexpected token 'export'/.test(message)) {
    return 'a plugin is an ES module: say "type": "module" in its package.json, or name it .mjs';
  }
  return null;
}

const describe = (name: string | undefined) => (name === undefined ? 'a value' : `a ${name}`);

/** The first place in a stack that is in the plugin. */
function locateIn(stack: string, { folder }: PluginPlace): string | null {
  for (const [, where, line] of stack.matchAll(/((?:file:\/\/)?\/[^\s()]+?):(\d+)(?=[:\s)]|$)/g)) {
    const file = where!.startsWith('file:') ? fileURLToPath(where!) : where!;
    const name = path.relative(folder, file);
    if (!name.startsWith('..') && !path.isAbsolute(name)) return `${name}:${line}`;
  }
  return null;
}

/** Node tells where a module has a syntax error only when it checks it. */
function findSyntaxError({ folder }: PluginPlace, files: readonly string[]): string | null {
  for (const name of files.filter((file) => /\.[cm]?js$/.test(file))) {
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--check', '-'], {
      input: readFileSync(path.resolve(folder, name)),
      encoding: 'utf8',
    });
    const line = /^\[stdin\]:(\d+)$/m.exec(stderr ?? '')?.[1];
    if (line !== undefined) return `${name}:${line}`;
  }
  return null;
}
