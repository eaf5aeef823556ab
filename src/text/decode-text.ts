// Bytes as text: UTF-8, refusing what is not text.

import { UserError } from '../core/index.ts';

/** More than this share of characters that are no text, and a file is taken for binary. */
const MAX_BAD_SHARE = 0.01;
const SAMPLE_BYTES = 2 ** 24;
/** The longest string. */
const MAX_CHARACTERS = 2 ** 29 - 32;

/** Without pieces it keeps nothing from one call to the next. */
const DECODER = new TextDecoder('utf-8');

/**
 * Decodes UTF-8; a byte order mark at the start is dropped, stray bytes become U+FFFD.
 *
 * @throws UserError if the text is too long for a string
 */
export function decodeText(bytes: Uint8Array, where: string): string {
  try {
    return DECODER.decode(bytes);
  } catch (cause) {
    throw tooLarge(where, cause);
  }
}

function tooLarge(where: string, cause?: unknown): UserError {
  return new UserError(`${where} is too large for one text`, {
    hint: 'split it, or make it a .jsonl file with a document per line',
    cause,
  });
}

/**
 * Decodes UTF-8 that comes in pieces, as `decodeText` does.
 *
 * @throws UserError if the text is too long for a string
 */
export function joinText(pieces: Iterable<Uint8Array>, where: string): string {
  const decoder = new TextDecoder('utf-8');
  const parts: string[] = [];
  let characters = 0;
  for (const piece of pieces) {
    const part = decoder.decode(piece, { stream: true });
    characters += part.length;
    if (characters > MAX_CHARACTERS) throw tooLarge(where);
    parts.push(part);
  }
  parts.push(decoder.decode());
  return parts.join('');
}

/**
 * Passes on what comes in pieces, unless it is not text, judging by the first 16 MiB.
 *
 * @throws UserError if over 1 % of the characters are NUL or not UTF-8
 */
export function* refuseBinary(pieces: Iterable<Uint8Array>, file: string): Generator<Uint8Array> {
  let sample: Uint8Array[] | null = [];
  let bytes = 0;
  for (const piece of pieces) {
    if (sample === null) {
      yield piece;
      continue;
    }
    sample.push(piece);
    bytes += piece.length;
    if (bytes < SAMPLE_BYTES) continue;
    yield checkSample(sample, file);
    sample = null;
  }
  if (sample !== null) yield checkSample(sample, file);
}

/** The pieces as one, if they are text. */
function checkSample(pieces: readonly Uint8Array[], file: string): Uint8Array {
  const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const text = decodeText(sample, file);
  const bad = countBad(text, sample);
  if (bad <= MAX_BAD_SHARE * text.length) return bytes;
  throw new UserError(`${file} is not UTF-8 text (${bad} of ${text.length} characters)`, {
    hint: guessFormat(bytes),
  });
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

const FORMATS: readonly (readonly [magic: string, hint: string])[] = [
  ['\xff\xfe', 'it looks like UTF-16: convert it to UTF-8'],
  ['\xfe\xff', 'it looks like UTF-16: convert it to UTF-8'],
  ['PK\x03\x04', 'it is a ZIP archive (or a document in one): unpack it, or export it as text'],
  ['%PDF-', 'it is a PDF: export it as text'],
  ['PAR1', 'it is a Parquet file inside another compression: decompress it first'],
  ['ARROW1', 'it is an Arrow file: convert it to Parquet or JSON lines'],
  ['\x04\x22\x4d\x18', 'it is compressed by lz4: decompress it first'],
  ['\x5d\x00\x00', 'it is compressed by lzma: decompress it first'],
  ["7z\xbc\xaf'\x1c", 'it is a 7z archive: unpack it'],
];

function guessFormat(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  if (head.slice(257, 262) === 'ustar')
    return 'it is a tar archive: unpack it, and name its folder';
  const known = FORMATS.find(([magic]) => head.startsWith(magic));
  return known?.[1] ?? 'pass text files in UTF-8';
}
