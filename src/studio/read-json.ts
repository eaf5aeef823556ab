// JSON of runs, which may be missing, damaged, or under way: what cannot be read is left out.

import { readFile, stat } from 'node:fs/promises';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The content of a file of JSON; null if it is missing, unreadable or longer than `maxBytes`. */
export async function readJson(file: string, maxBytes: number): Promise<unknown> {
  try {
    if ((await stat(file)).size > maxBytes) return null;
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return null;
  }
}

/** The objects among lines of JSON. A line that is being written is none yet. */
export function parseRows(lines: readonly string[]): JsonObject[] {
  return lines.flatMap((line) => {
    try {
      const row: unknown = JSON.parse(line);
      return isObject(row) ? [row] : [];
    } catch {
      return [];
    }
  });
}

/** The value, or an empty object where it is none. */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
