// File patterns: `*` and `?` within a name, `**` across folders.

import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Whether a path has wildcards. */
export function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}

/**
 * Files that match a pattern, sorted by code unit so that every machine has the same order.
 *
 * `*` stands for any characters of a name and `?` for one; neither matches a leading dot. `**` stands for any number of
 * folders whose names begin with no dot, and follows no symbolic links to folders, so that the search ends and stays below
 * the folder that is named; links to files count. Every other character stands for itself, brackets and braces included.
 * Folders that cannot be read hold nothing.
 */
export function expandPattern(pattern: string): string[] {
  const { root } = path.parse(pattern);
  const segments = pattern
    .slice(root.length)
    .split(path.sep === '\\' ? /[\\/]/ : '/')
    .filter((segment) => segment !== '');
  const found = new Set<string>();
  expandFrom(root, segments, found);
  return [...found].sort();
}

function expandFrom(base: string, segments: readonly string[], found: Set<string>): void {
  const [segment, ...rest] = segments;
  if (segment === undefined) {
    if (leadsToFile(base)) found.add(base);
    return;
  }
  if (segment === '**') {
    expandFrom(base, rest.length === 0 ? ['*'] : rest, found);
    for (const entry of listFolder(base)) {
      if (entry.isDirectory() && !entry.name.startsWith('.')) {
        expandFrom(join(base, entry.name), segments, found);
      }
    }
  } else if (isPattern(segment)) {
    for (const entry of listFolder(base)) {
      if (matchesName(entry.name, segment)) expandFrom(join(base, entry.name), rest, found);
    }
  } else if (existsSync(join(base, segment))) {
    expandFrom(join(base, segment), rest, found);
  }
}

/** Whether a path is a file, or a link to one that the system can follow. */
export function leadsToFile(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // Links that go in a circle, or into a folder that may not be entered.
    return false;
  }
}

/** Like path.join, but keeps `..` and `.` as written. */
function join(base: string, name: string): string {
  return base === '' || base.endsWith(path.sep) ? base + name : `${base}${path.sep}${name}`;
}

/**
 * Whether a name matches a segment. Where the two differ, only the last star that was met takes one character more: time
 * grows with the product of both lengths, where a regular expression with many stars would take it to their power.
 */
function matchesName(name: string, segment: string): boolean {
  if (name.startsWith('.') && !segment.startsWith('.')) return false;
  const characters = [...name];
  const pattern = [...segment];
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let i = 0; i < characters.length || at < pattern.length; ) {
    const sign = pattern[at];
    if (sign === '*') {
      star = at++;
      starAt = i;
    } else if (i < characters.length && (sign === '?' || sign === characters[i])) {
      at++;
      i++;
    } else if (star >= 0 && starAt < characters.length) {
      at = star + 1;
      i = ++starAt;
    } else {
      return false;
    }
  }
  return true;
}

function listFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
