// Reading text from disk: plain or gzip-compressed, refusing what is not text.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { nearestName, UserError } from '../core/index.ts';

/** More than this share of characters that are no text, and a file is taken for binary. */
const MAX_BAD_SHARE = 0.01;
const SAMPLE_BYTES = 2 ** 24;

/**
 * The bytes of a file, decompressed when its name ends in `.gz`.
 *
 * @throws UserError for a missing or unreadable file, a folder, damaged gzip data
 */
export function readBytes(file: string): Uint8Array {
  const bytes = readRaw(file);
  if (!file.toLowerCase().endsWith('.gz')) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${file} is not intact gzip data (${reason})`, {
      hint: 'fetch or compress the file again; a file that is not compressed must not be named .gz',
      cause,
    });
  }
}

function readRaw(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UserError(`no file ${file}`, { ...nearbyHint(file), cause });
    }
    if (code === 'EISDIR') {
      throw new UserError(`${file} is a directory`, {
        hint: `name the files in it: ${path.join(file, '**', '*.txt')}`,
        cause,
      });
    }
    const problem = code === 'EACCES' ? 'no permission' : code;
    throw new UserError(`cannot read ${file}: ${problem}`, { cause });
  }
}

function nearbyHint(file: string): { hint?: string } {
  const folder = path.dirname(file);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return { hint: `there is no folder ${folder}` };
  }
  const near = nearestName(path.basename(file), names.sort());
  return near === undefined ? {} : { hint: `did you mean ${path.join(folder, near)}?` };
}

/**
 * Decodes UTF-8; a byte order mark at the start is dropped, stray bytes become U+FFFD.
 *
 * @throws UserError when the text is too long for a string
 */
export function decodeText(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8').decode(bytes);
  } catch (cause) {
    throw new UserError(`${where} is too large for one text (${bytes.length} bytes)`, {
      hint: 'split it, or make it a .jsonl file with a document a line',
      cause,
    });
  }
}

/**
 * Refuses bytes that are no text, judging by their first 16 MiB.
 *
 * @throws UserError when over 1 % of the characters are NUL or not UTF-8
 */
export function refuseBinary(bytes: Uint8Array, file: string): void {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const text = decodeText(sample, file);
  const bad = countBad(text, sample);
  if (bad > MAX_BAD_SHARE * text.length) {
    throw new UserError(`${file} is not UTF-8 text (${bad} of ${text.length} characters)`, {
      hint: guessFormat(bytes),
    });
  }
}

/** Characters that were no UTF-8, or NUL. */
function countBad(text: string, bytes: Uint8Array): number {
  let bad = 0;
  for (let at = text.indexOf('\0'); at >= 0; at = text.indexOf('\0', at + 1)) bad++;
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) bad++;
  // U+FFFD that stood in the file is not an error of decoding.
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const replacement = Buffer.of(0xef, 0xbf, 0xbd);
  for (let at = buffer.indexOf(replacement); at >= 0; at = buffer.indexOf(replacement, at + 3))
    bad--;
  return bad;
}

function guessFormat(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0x1f && second === 0x8b) return 'it is gzip-compressed: let its name end in .gz';
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return 'it looks like UTF-16: convert it to UTF-8';
  }
  return 'pass text files in UTF-8';
}
