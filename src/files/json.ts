// JSON files: written whole and indented, because people read and edit them; read with bounds, and errors that name the file.

import { UserError } from '../core/index.ts';
import { writeFileAtomic } from './atomic.ts';
import { readRegularText } from './read-file.ts';

/** Enough for every document that this package writes or reads; deeper ones exhaust the stack of what walks them. */
const MAX_DEPTH = 100;
const MAX_BYTES = 2 ** 28;
/** Ten times what the largest of them has. Walking and checking many more takes minutes. */
const MAX_VALUES = 5_000_000;

/**
 * The content of a JSON file.
 *
 * @throws UserError naming the file when it cannot be read, is too large or nested too deep, or is not JSON
 */
export function readJsonFile(
  file: string,
  {
    maxBytes = MAX_BYTES,
  }: {
    /** Files with more bytes are refused; 256 MiB by default. */
    readonly maxBytes?: number;
  } = {},
): unknown {
  return parseJson(readRegularText(file, { maxBytes }), file);
}

/**
 * The value of a JSON document.
 *
 * @param where what the text is, for errors
 * @throws UserError if it is not JSON, nested more than 100 deep, or of more than five million values
 */
export function parseJson(text: string, where: string): unknown {
  const excess = findExcess(text);
  if (excess !== null) throw new UserError(`${where} ${excess}`);
  try {
    return JSON.parse(text);
  } catch (error) {
    // The message quotes the text, line breaks included.
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw new UserError(`${where} is not JSON: ${reason}`, { cause: error });
  }
}

/** What a document has too much of, or null. Counts every value but the last of its list, which suffices. */
function findExcess(text: string): string | null {
  let depth = 0;
  let values = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === BRACE || code === BRACKET) {
      depth++;
      if (depth > MAX_DEPTH) return `is nested more than ${MAX_DEPTH} deep`;
    } else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) depth--;
    else if (code === COMMA) {
      values++;
      if (values >= MAX_VALUES) return `has more than ${MAX_VALUES.toLocaleString('en-US')} values`;
    }
  }
  return null;
}

const [QUOTE, BACKSLASH, BRACE, BRACKET, CLOSING_BRACE, CLOSING_BRACKET, COMMA] = Array.from(
  '"\\{[}],',
  (character) => character.charCodeAt(0),
);

/** A value as an indented JSON document. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Writes `formatJson(value)` so that the file is whole at any moment. Throws UserError if writing fails. */
export function writeJsonAtomic(file: string, value: unknown): void {
  writeFileAtomic(file, formatJson(value));
}
