// JSON files: written whole and indented, because people read and edit them; read with errors that name the file.

import { readFileSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import { writeFileAtomic } from './atomic.ts';

/**
 * The content of a JSON file.
 *
 * @throws UserError naming the file when it cannot be read or is not JSON
 */
export function readJsonFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** A value as an indented JSON document. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Writes `formatJson(value)` so that the file is whole at any moment. Throws UserError when the disk refuses. */
export function writeJsonAtomic(file: string, value: unknown): void {
  writeFileAtomic(file, formatJson(value));
}
