// JSON files that a run reads back; people edit them too.

import { readFileSync } from 'node:fs';
import { UserError } from '../core/index.ts';

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
