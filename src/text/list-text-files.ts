// Finds files by names, patterns and folders.

import { type Dirent, existsSync, readdirSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { stripCompression } from '../files/compression/detect-compression.ts';
import { explainReadError } from '../files/read-file.ts';
import { expandPattern, isPattern, leadsToFile } from './expand-pattern.ts';

/** What files in a folder end in to be taken for text, before what compression adds. */
export const TEXT_EXTENSIONS = [
  'txt',
  'text',
  'md',
  'markdown',
  'rst',
  'org',
  'tex',
  'jsonl',
  'ndjson',
  'csv',
  'tsv',
  'parquet',
] as const;

/**
 * The files that a name, a pattern (see `expandPattern`) or a folder stands for. Of a folder: those in it and in the
 * folders below that end in one of `TEXT_EXTENSIONS`, sorted by code unit; names that begin with a dot, and links to
 * folders or to nothing, are passed over.
 *
 * @throws UserError for a pattern or a folder without files, and for names and folders that cannot be read
 */
export function listTextFiles(name: string): string[] {
  if (readStatus(name)?.isDirectory() === true) return listFolder(name);
  // A file may have a star in its name.
  if (!isPattern(name) || existsSync(name)) return [name];
  const files = expandPattern(name);
  if (files.length > 0) return files;
  throw new UserError(`no file matches ${name}`, {
    hint: '* stays within a folder, ** crosses folders: texts/**/*.txt',
  });
}

function readStatus(name: string): Stats | undefined {
  try {
    return statSync(name, { throwIfNoEntry: false });
  } catch (error) {
    throw explainReadError(name, error);
  }
}

function listFolder(folder: string): string[] {
  const files: string[] = [];
  collectFiles(folder, files);
  files.sort();
  if (files.length > 0) return files;
  throw new UserError(`the folder ${folder} holds no text files`, {
    hint:
      `known endings are ${TEXT_EXTENSIONS.map((extension) => `.${extension}`).join(' ')}, compressed or not; ` +
      `for others give a pattern: ${path.join(folder, '**', '*.html')}`,
  });
}

function collectFiles(folder: string, files: string[]): void {
  for (const entry of readFolder(folder)) {
    if (entry.name.startsWith('.')) continue;
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) collectFiles(file, files);
    else if (isTextName(entry.name) && isFile(entry, file)) files.push(file);
  }
}

function readFolder(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw explainReadError(folder, error);
  }
}

/** Links to files count. */
function isFile(entry: Dirent, file: string): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && leadsToFile(file));
}

function isTextName(name: string): boolean {
  const extension = path.extname(stripCompression(name)).slice(1).toLowerCase();
  return (TEXT_EXTENSIONS as readonly string[]).includes(extension);
}
