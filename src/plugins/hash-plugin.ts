// What a plugin consists of: its module and everything that it imports by relative paths, with hashes.

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import { plural, UserError } from '../core/index.ts';
import { readRegularFile } from '../files/read-file.ts';
import type { PluginRecord } from '../run/provenance.ts';
import type { PluginPlace } from './find-plugin.ts';

/** Bounds on what is read before a plugin is imported. */
const MAX_FILES = 1000;
const MAX_BYTES = 2 ** 26;

/**
 * Follows relative paths that are written as texts in `import`, `export … from`, `import()`, `require()` and
 * `new URL()`. Paths that a program computes are not seen.
 *
 * @throws UserError if a file cannot be read, or there are more than anybody writes
 */
export function hashPlugin(place: PluginPlace): PluginRecord {
  const hashes = new Map<string, string>();
  const waiting = [place.file];
  let bytes = 0;
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (hashes.has(file)) continue;
    const content = readRegularFile(file, { maxBytes: MAX_BYTES });
    bytes += content.length;
    if (hashes.size >= MAX_FILES || bytes > MAX_BYTES) {
      throw new UserError(`the plugin ${place.name} is too large to be hashed`, {
        hint: `at most ${plural(MAX_FILES, 'file')} and ${MAX_BYTES / 2 ** 20} MiB; bundle it`,
      });
    }
    hashes.set(file, sha256(content));
    if (/\.[cm]?js$/.test(file)) waiting.push(...listImports(file, content));
  }
  const files = [...hashes]
    .map(([file, hash]) => ({ file: nameIn(place.folder, file), sha256: hash }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  const all = files.map(({ file, sha256: hash }) => `${file}\0${hash}\n`).join('');
  return { entry: place.name, sha256: sha256(all), files };
}

const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex');

const nameIn = (folder: string, file: string) =>
  path.relative(folder, file).split(path.sep).join('/');

const IMPORT = /\b(?:from|import|require|URL)\s*\(?\s*(['"`])(\.{1,2}\/[^'"`\n]+)\1/g;

/** Endings that `require` may leave out. */
const ENDINGS = ['', '.js', '.cjs', '.json', '/index.js'];

/** Files that a module imports, where they exist: comments and texts may look like imports. */
function listImports(file: string, content: Uint8Array): string[] {
  const source = new TextDecoder().decode(content);
  return [...source.matchAll(IMPORT)].flatMap(([, , specifier]) => {
    const target = path.resolve(path.dirname(file), specifier!.replace(/[?#].*$/, ''));
    const found = ENDINGS.map((ending) => target + ending).find(
      (name) => statSync(name, { throwIfNoEntry: false })?.isFile() ?? false,
    );
    return found === undefined ? [] : [found];
  });
}

/**
 * Whether a resumed run has the plugins that it began with. It may have others in addition.
 *
 * @throws UserError naming the plugin that is missing, or the file of it that is another one now
 */
export function requireSamePlugins(
  before: readonly PluginRecord[],
  now: readonly PluginRecord[],
): void {
  const left = [...now];
  for (const old of before) {
    const at = left.findIndex(({ entry }) => nameOf(entry) === nameOf(old.entry));
    if (at < 0) {
      throw new UserError(`the run began with the plugin ${old.entry}, which is not loaded`, {
        hint: '--plugin FILE names its new place',
      });
    }
    const [found] = left.splice(at, 1);
    if (found!.sha256 === old.sha256) continue;
    throw new UserError(
      `the plugin ${old.entry} is not what the run began with: ${describeChange(old, found!)}`,
      { hint: 'restore it, or start a new run' },
    );
  }
}

/** A package's name without its version, a file's as it is. */
const nameOf = (entry: string) => entry.replace(/(?<=.)@[^@/]*$/, '');

function describeChange(old: PluginRecord, found: PluginRecord): string {
  const hashOf = ({ files }: PluginRecord, name: string) =>
    files.find(({ file }) => file === name)?.sha256;
  const changed = old.files.find(({ file, sha256: hash }) => hashOf(found, file) !== hash);
  if (changed) {
    return hashOf(found, changed.file) === undefined
      ? `${changed.file} is gone`
      : `${changed.file} has changed`;
  }
  const added = found.files.find(({ file }) => hashOf(old, file) === undefined);
  return added ? `${added.file} is new` : `it is ${found.entry} now`;
}
