// Documents in JSON: a record per line, or one array of records.

import { UserError } from '../core/index.ts';
import { parseJson } from '../files/json.ts';
import { decodeText, joinText } from './decode-text.ts';
import { type TextNaming, textOfRecord } from './text-record.ts';

const NEWLINE = 10;
/** A line is held whole before it is decoded; a string of V8 holds less than that, and says so. */
const MAX_LINE_BYTES = 2 ** 31;

/**
 * The texts of JSON lines, null if a field is null. Blank lines are skipped.
 *
 * @throws UserError naming file and line where JSON is invalid, and as `textOfRecord`
 */
export function* readJsonLines(
  pieces: Iterable<Uint8Array>,
  file: string,
  naming: TextNaming,
): Generator<string | null> {
  // Lines are cut as bytes: the whole file may be longer than a string can be.
  for (const { line, bytes } of cutLines(pieces, file)) {
    const where = `${file}:${line}`;
    const text = decodeText(bytes, where);
    if (text.trim() !== '') yield readLine(text, where, naming);
  }
}

type Line = { readonly line: number; readonly bytes: Uint8Array };

/** The lines that are not empty, numbered from 1. */
function* cutLines(pieces: Iterable<Uint8Array>, file: string): Generator<Line> {
  let line = 1;
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  for (const piece of pieces) {
    let start = 0;
    for (;;) {
      // There may be hundreds of millions of empty lines.
      if (begunBytes === 0) {
        for (; piece[start] === NEWLINE; start++) line++;
      }
      const newline = piece.indexOf(NEWLINE, start);
      if (newline < 0) break;
      const rest = piece.subarray(start, newline);
      yield { line, bytes: begun.length === 0 ? rest : Buffer.concat([...begun, rest]) };
      [begun, begunBytes] = [[], 0];
      [start, line] = [newline + 1, line + 1];
    }
    if (start === piece.length) continue;
    begun.push(piece.subarray(start));
    begunBytes += piece.length - start;
    if (begunBytes > MAX_LINE_BYTES) throw new UserError(`${file}:${line}: longer than 2 GiB`);
  }
  if (begun.length > 0) yield { line, bytes: Buffer.concat(begun) };
}

function readLine(line: string, where: string, naming: TextNaming): string | null {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${where}: invalid JSON (${reason.replace(/\s+/g, ' ')})`, { cause });
  }
  return textOfRecord(record, where, 'a line', naming);
}

/**
 * The texts of a `.json` file: of the records of an array, whose elements may be plain strings too, of one object, or of
 * JSON lines under another name.
 *
 * @throws UserError as `readJsonLines`, and for JSON of another shape
 */
export function* readJson(
  pieces: Iterable<Uint8Array>,
  file: string,
  naming: TextNaming,
): Generator<string | null> {
  const text = joinText(pieces, file);
  if (holdsLines(text)) {
    for (const { line, content } of cutText(text)) {
      yield readLine(content, `${file}:${line}`, naming);
    }
    return;
  }
  const value = text.trim() === '' ? [] : parseJson(text, file);
  if (!Array.isArray(value)) {
    yield textOfRecord(value, file, 'the value', naming);
    return;
  }
  for (const [i, record] of value.entries()) {
    if (typeof record === 'string' || record === null) yield record;
    else yield textOfRecord(record, `${file}: element ${i}`, 'it', naming);
  }
}

/** Whether the first line is an object of its own, and others follow. */
function holdsLines(text: string): boolean {
  const [first, second] = cutText(text);
  return second !== undefined && first!.content.startsWith('{') && isJson(first!.content);
}

/** The lines that are not blank, trimmed and numbered from 1. There may be hundreds of millions of blank ones. */
function* cutText(text: string): Generator<{ readonly line: number; readonly content: string }> {
  let line = 1;
  for (let start = 0; start < text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const content = end === start ? '' : text.slice(start, end).trim();
    if (content !== '') yield { line, content };
    start = end + 1;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
