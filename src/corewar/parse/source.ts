// Pass 1: bytes to lines, and which of them are the warrior: from the first `;redcode` to the next, or all.

import { MAX_SOURCE } from './budgets.ts';
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

/** Lines end with LF, CR LF or CR. */
export function readSource(source: string | Uint8Array, report: Report): Source {
  if (source.length > MAX_SOURCE) {
    report.error(
      { line: 1, column: 1, text: '' },
      `the source has more than ${MAX_SOURCE.toLocaleString('en-US')} ${typeof source === 'string' ? 'characters' : 'bytes'}`,
      'a warrior has a hundred instructions or so',
    );
    return { all: [], code: [] };
  }
  const text = (typeof source === 'string' ? source : decodeSource(source)).replace(/^\uFEFF/, '');
  const all: SourceLine[] = [];
  let start = 0;
  let isMarked = false;
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (readCommentWord(line) === 'redcode') {
      if (isMarked) break;
      isMarked = true;
      start = index;
    }
    all.push({ number: index + 1, text: line });
  }
  return { all, code: start === 0 ? all : all.slice(start) };
}
