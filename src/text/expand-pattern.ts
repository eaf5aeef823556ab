// File patterns: `*` and `?` within a name, `**` across folders.

import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Whether a path has wildcards. */
export function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}

/**
 * Files that match a pattern, sorted by code unit so that every machine has the same order.
 * `*` and `?` stay within a name and do not match a leading dot; `**` matches any number of folders,
 * and follows no symbolic links to folders. Folders that cannot be read hold nothing.
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
    const expression = toExpression(segment);
    for (const entry of listFolder(base)) {
      if (expression.test(entry.name)) expandFrom(join(base, entry.name), rest, found);
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

function toExpression(segment: string): RegExp {
  const source = segment
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${segment.startsWith('.') ? '' : '(?!\\.)'}${source}$`, 'su');
}

function listFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
