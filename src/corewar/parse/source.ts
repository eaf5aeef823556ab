// Pass 1: bytes to lines, and which of them are the warrior: from the first `;redcode` to the next, or all.

import { MAX_LINES, MAX_SOURCE } from './budgets.ts';
import { readCommentWord } from './comments.ts';
import type { Report } from './diagnostics.ts';

/** A line of the source without its end; `number` from 1. */
export type SourceLine = { readonly number: number; readonly text: string };

export type Source = {
  /** Everything up to a second `;redcode`: names may stand before the first. */
  readonly all: readonly SourceLine[];
  /** The lines that are assembled. */
  readonly code: readonly SourceLine[];
};

/** UTF-8 where the bytes are valid UTF-8, else Latin-1. */
export function decodeSource(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    let text = '';
    for (let at = 0; at < bytes.length; at += 4096) {
      text += String.fromCharCode(...bytes.subarray(at, at + 4096));
    }
    return text;
  }
}

const TOP = { line: 1, column: 1, text: '' };
const HINT = 'a warrior has a hundred instructions or so';
const NOTHING: Source = { all: [], code: [] };

/** Lines end with LF, CR LF or CR. */
export function readSource(source: string | Uint8Array, report: Report): Source {
  if (source.length > MAX_SOURCE) {
    const unit = typeof source === 'string' ? 'characters' : 'bytes';
    report.error(TOP, `the source has more than ${MAX_SOURCE} ${unit}`, HINT);
    return NOTHING;
  }
  const text = (typeof source === 'string' ? source : decodeSource(source)).replace(/^\uFEFF/, '');
  const lines = text.split(/\r\n|\n|\r/, MAX_LINES + 1);
  if (lines.length > MAX_LINES) {
    report.error(
      { ...TOP, line: MAX_LINES + 1 },
      `the source has more than ${MAX_LINES} lines`,
      HINT,
    );
    return NOTHING;
  }
  const all: SourceLine[] = [];
  let start = 0;
  let isMarked = false;
  for (const [index, line] of lines.entries()) {
    if (line.includes(';') && readCommentWord(line) === 'redcode') {
      if (isMarked) break;
      isMarked = true;
      start = index;
    }
    all.push({ number: index + 1, text: line });
  }
  return { all, code: start === 0 ? all : all.slice(start) };
}
