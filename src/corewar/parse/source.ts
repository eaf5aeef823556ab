// Pass 1: bytes to lines, and which of them are the warrior: from the first `;redcode` to the next, or all.

import type { PmarsVersion } from '../pmars-version.ts';
import { MAX_LINES, MAX_SOURCE } from './budgets.ts';
import { readCommentWord } from './comments.ts';
import type { Report } from './diagnostics.ts';
import { explainEncoding } from './hints.ts';
import type { Locate } from './tokens.ts';

/** A line as the assembler reads it: lines that end in `\` go on with the next. */
export type SourceLine = {
  /** Of its first line in the source, from 1. */
  readonly number: number;
  readonly text: string;
  /** Where each further line of the source begins in the text. */
  readonly joints: readonly { readonly at: number; readonly number: number }[];
};

type Source = {
  /** Everything up to a second `;redcode`: names may stand before the first. */
  readonly all: readonly SourceLine[];
  /** The lines that are assembled. */
  readonly code: readonly SourceLine[];
};

/** UTF-8 where the bytes are valid UTF-8, else Latin-1. A byte order mark stays. */
export function decodeSource(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
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

/** Lines end with LF or CR LF. As in pMARS, a NUL or a lone CR hides the rest of its line. */
export function readSource(
  source: string | Uint8Array,
  report: Report,
  pmars: PmarsVersion,
): Source {
  if (source.length > MAX_SOURCE) {
    const unit = typeof source === 'string' ? 'characters' : 'bytes';
    report.error('source', TOP, `the source has more than ${MAX_SOURCE} ${unit}`, HINT);
    return NOTHING;
  }
  const text = typeof source === 'string' ? source : decodeSource(source);
  const encoding = explainEncoding(text);
  if (encoding?.isFatal) {
    report.error('source', TOP, encoding.problem, encoding.hint);
    return NOTHING;
  }
  if (encoding) report.warn('advice', TOP, encoding.problem, encoding.hint);
  const lines = text.split('\n', MAX_LINES + 1);
  if (lines.length > MAX_LINES) {
    const place = { ...TOP, line: MAX_LINES + 1 };
    report.error('source', place, `the source has more than ${MAX_LINES} lines`, HINT);
    return NOTHING;
  }
  const all: SourceLine[] = [];
  let start = 0;
  let isMarked = false;
  for (const line of joinLines(lines, report, pmars)) {
    if (line.text.includes(';') && readCommentWord(line.text) === 'redcode') {
      if (isMarked) break;
      isMarked = true;
      start = all.length;
    }
    all.push(line);
  }
  return { all, code: start === 0 ? all : all.slice(start) };
}

/** Lines with those that they go on with. Since 0.9.5 a `\` in a comment is part of the comment. */
function* joinLines(
  lines: readonly string[],
  report: Report,
  pmars: PmarsVersion,
): Generator<SourceLine> {
  for (let index = 0; index < lines.length; index++) {
    const number = index + 1;
    const joints: { at: number; number: number }[] = [];
    const parts = [readVisible(lines[index]!, number, report)];
    let hasComment = parts[0]!.includes(';');
    let at = 0;
    while (
      index + 1 < lines.length &&
      parts.at(-1)!.endsWith('\\') &&
      !(pmars === '0.9.5' && hasComment)
    ) {
      index++;
      parts[parts.length - 1] = parts.at(-1)!.slice(0, -1);
      at += parts.at(-1)!.length;
      parts.push(readVisible(lines[index]!, index + 1, report));
      hasComment ||= parts.at(-1)!.includes(';');
      joints.push({ at, number: index + 1 });
    }
    yield { number, text: parts.join(''), joints };
  }
}

const HIDING = /[\0\r]/;

function readVisible(line: string, number: number, report: Report): string {
  const end = line.search(HIDING);
  if (end < 0) return line;
  if (/^[\0\r]+$/.test(line.slice(end))) return line.slice(0, end);
  report.warn(
    'advice',
    { line: number, column: end + 1, text: '' },
    `the rest of the line is not read: pMARS stops at a ${line[end] === '\r' ? 'lone CR' : 'NUL'}`,
    line[end] === '\r' ? 'end lines with LF or CR LF' : 'take the byte out',
  );
  return line.slice(0, end);
}

/** Places in a line. */
export function locateInLine({ number, joints }: SourceLine): Locate {
  return (offset, text) => {
    const joint = joints.findLast(({ at }) => at <= offset);
    if (joint === undefined) return { line: number, column: offset + 1, text };
    return { line: joint.number, column: offset - joint.at + 1, text };
  };
}
