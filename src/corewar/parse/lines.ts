// Lines of the source as the passes go through them.

import { MAX_LINE } from './budgets.ts';
import { readCommentWord } from './comments.ts';
import type { DebugWord } from './debug-marks.ts';
import type { Place, Report } from './diagnostics.ts';
import type { Keyword } from './keywords.ts';
import { locateInLine, type SourceLine } from './source.ts';
import type { Line } from './symbols.ts';
import { readTokens, type Token } from './tokens.ts';

/** Code, and comments that mean something to the assembler; nothing for the rest. */
export function toLine(source: SourceLine): Line[] {
  const head = source.text.search(/[^ \t\v\f]/);
  if (head < 0 || (source.text[head] === ';' && findSwitch(source) === null)) return [];
  return [{ source, tokens: null }];
}

/** The first word of a comment that the assembler or the debugger heeds; null for all other lines. */
export function findSwitch({ text }: SourceLine): 'assert' | DebugWord | null {
  if (!/^[ \t\v\f]*;/.test(text)) return null;
  const word = readCommentWord(text);
  return SWITCHES.find((known) => known === word) ?? null;
}

const SWITCHES = ['assert', 'debug', 'trace', 'break'] as const;

/** The tokens of a line; none, and an error, where it is too long. Those of a comment begin with its first word. */
export function tokenize(source: SourceLine, report: Report): readonly Token[] {
  const { text } = source;
  const from = findSwitch(source) === null ? 0 : text.indexOf(';') + 1;
  const end = text.indexOf(';', from);
  const length = end < 0 ? text.length : end;
  const locate = locateInLine(source);
  if (length <= MAX_LINE) return readTokens(text, locate, from);
  report.error(
    'budget',
    locate(MAX_LINE, text.slice(MAX_LINE, MAX_LINE + 20)),
    `the line has ${length} characters, more than ${MAX_LINE}`,
  );
  return [];
}

/** True for the fence of a code block of Markdown. */
export function isFence({ text }: SourceLine): boolean {
  return FENCE.test(text);
}

const FENCE = /^\s*(```|~~~)/;

/** Where a line begins. */
export function firstPlace({ source, tokens }: Line): Place {
  return tokens?.[0]?.place ?? { line: source?.number ?? 1, column: 1, text: '' };
}

/** True for statements that are no instruction. */
export function isPlain(keyword: Keyword): boolean {
  return keyword === 'ORG' || keyword === 'END' || keyword === 'PIN';
}

/** True where `&` joins a name with the one after it. */
export function isJoint(tokens: readonly Token[], at: number): boolean {
  const [joint, part] = [tokens[at], tokens[at + 1]];
  return (
    joint?.text === '&' &&
    joint.isGlued &&
    part?.kind === 'name' &&
    part.isGlued &&
    part.text[0] !== '_'
  );
}

/** A counter of FOR as it reads. */
export function padCounter(value: number): string {
  return String(value).padStart(2, '0');
}

/** The place of tokens that touch. */
export function spanPlace(tokens: readonly Token[]): Place {
  return { ...tokens[0]!.place, text: tokens.map(({ text }) => text).join('') };
}
