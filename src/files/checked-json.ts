// JSON files of a known shape: what people may have edited, or a disk damaged, is refused before it is used.

import type { z } from 'zod';
import { UserError } from '../core/index.ts';
import { readJsonFile } from './json.ts';

/**
 * The content of a JSON file that fits a schema.
 *
 * @param what what the file should hold, with its article: "the record of a gate"
 * @throws UserError naming the file and the first place that does not fit; as `readJsonFile`
 */
export function readCheckedJson<T>(file: string, schema: z.ZodType<T>, what: string): T {
  const result = schema.safeParse(readJsonFile(file));
  if (result.success) return result.data;
  const { path = [], message } = result.error.issues[0] ?? { message: 'it does not fit' };
  const place = path.length === 0 ? '' : `${path.join('.').slice(0, 100)}: `;
  throw new UserError(`${file} is not ${what}: ${place}${message}`, {
    hint: 'restore the file from a copy',
  });
}
