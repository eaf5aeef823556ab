// Corpora: documents read from files.

import { existsSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import { expandPattern, isPattern } from './expand-pattern.ts';
import { decodeText, readBytes, refuseBinary } from './read-text-file.ts';

/** Documents to train on. None is blank. */
export type Corpus = { readonly name: string; readonly documents: readonly string[] };

export type ReadCorpusOptions = {
  /** The field of a JSON line that holds its text (default "text"). */
  readonly field?: string;
};

const NEWLINE = 10;

/**
 * Reads the documents of files, in the order of `patterns` and, within one, of file names. A file
 * named twice is read once. `.jsonl` and `.ndjson` files hold a document a line, any other file is
 * one document; each may be gzip-compressed (`.gz`). Patterns: see `expandPattern`.
 *
 * @throws UserError for a missing file, a pattern without files, broken gzip, JSON or UTF-8, a
 *   missing field, and when no text is left
 */
export function readCorpus(
  patterns: readonly string[],
  { field = 'text' }: ReadCorpusOptions = {},
): Corpus {
  const files = [...new Set(patterns.flatMap(listFiles))];
  const documents: string[] = [];
  for (const file of files) {
    const bytes = readBytes(file);
    refuseBinary(bytes, file);
    const found = isJsonLines(file) ? readJsonLines(bytes, file, field) : [decodeText(bytes, file)];
    for (const document of found) if (document.trim() !== '') documents.push(document);
  }
  if (documents.length === 0) {
    const which = patterns.length === 0 ? 'no files were named' : `no text in ${files.join(', ')}`;
    throw new UserError(`the corpus is empty: ${which}`, { hint: 'name files that hold text' });
  }
  return { name: patterns.join(' '), documents };
}

/** The size of a corpus; bytes are of UTF-8. */
export function measureCorpus(corpus: Corpus): { documents: number; bytes: number } {
  const bytes = corpus.documents.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { documents: corpus.documents.length, bytes };
}

function listFiles(pattern: string): string[] {
  // A file may have a star in its name.
  if (!isPattern(pattern) || existsSync(pattern)) return [pattern];
  const files = expandPattern(pattern);
  if (files.length === 0) {
    throw new UserError(`no file matches ${pattern}`, {
      hint: '* stays within a folder, ** crosses folders: texts/**/*.txt',
    });
  }
  return files;
}

function isJsonLines(file: string): boolean {
  return /\.(jsonl|ndjson)(\.gz)?$/i.test(file);
}

function readJsonLines(bytes: Uint8Array, file: string, field: string): string[] {
  const documents: string[] = [];
  // Lines are cut as bytes: the whole file may be longer than a string can be.
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const where = `${file}:${line}`;
    const text = decodeText(bytes.subarray(start, end), where);
    if (text.trim() !== '') documents.push(readField(text, where, field));
    start = end + 1;
  }
  return documents;
}

function readField(line: string, where: string, field: string): string {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${where}: invalid JSON (${reason})`, { cause });
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw new UserError(`${where}: a line must be a JSON object, with its text in "${field}"`);
  }
  const value = Object.hasOwn(record, field)
    ? (record as Record<string, unknown>)[field]
    : undefined;
  if (typeof value === 'string') return value;
  const fields = Object.keys(record).join(', ') || 'none';
  throw new UserError(
    value === undefined
      ? `${where}: no field "${field}"; fields present: ${fields}`
      : `${where}: the field "${field}" is not a string; fields present: ${fields}`,
    { hint: 'name the field that holds the text' },
  );
}
