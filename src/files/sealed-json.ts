// JSON files that no person edits, with a hash of themselves: a bit that flips anywhere is found.

import { createHash } from 'node:crypto';
import { UserError } from '../core/index.ts';
import { writeFileAtomic } from './atomic.ts';
import { formatJson, parseJson } from './json.ts';
import { readRegularText } from './read-file.ts';

/** `value` as an indented JSON document whose last key, `sha256`, is the hash of the document without it. */
export function formatSealedJson(value: object): string {
  const sha256 = createHash('sha256').update(formatJson(value)).digest('hex');
  return formatJson({ ...value, sha256 });
}

/** Writes `formatSealedJson(value)` so that the file is whole at any moment. Throws UserError if writing fails. */
export function writeSealedJson(file: string, value: object): void {
  writeFileAtomic(file, formatSealedJson(value));
}

/**
 * The value of a sealed document. One without a seal is taken as it is: files of earlier versions have none.
 *
 * @throws UserError if it is not JSON, or not the text that was written
 */
export function parseSealedJson(text: string, where: string): unknown {
  const json = parseJson(text, where);
  if (typeof json !== 'object' || json === null || !('sha256' in json)) return json;
  const { sha256: _, ...value } = json;
  if (formatSealedJson(value) === text) return value;
  throw new UserError(`${where} is damaged: it is not what was written`, {
    hint: 'restore it from a copy',
  });
}

/** Reads a sealed file. Throws UserError as `parseSealedJson`, or when it cannot be read. */
export function readSealedJson(file: string): unknown {
  return parseSealedJson(readRegularText(file), file);
}
