// The lines that passes 3 and 4 go through: those of the source, and those that an EQU of several lines puts in.

import { OPCODES, type Opcode } from '../instruction.ts';
import { MAX_LINE } from './budgets.ts';
import type { Place, Report } from './diagnostics.ts';
import type { SourceLine } from './source.ts';
import { readTokens, type Token } from './tokens.ts';

export type Keyword = Opcode | 'EQU' | 'FOR' | 'ROF' | 'ORG' | 'END' | 'PIN';

const KEYWORDS: ReadonlyMap<string, Keyword> = new Map(
  [...OPCODES, 'EQU', 'FOR', 'ROF', 'ORG', 'END', 'PIN'].map((name) => [name, name as Keyword]),
);

/** The keyword that a name is, in whatever case. */
export function findKeyword(name: string): Keyword | undefined {
  return name.length === 3 ? KEYWORDS.get(name.toUpperCase()) : undefined;
}

/** A line to come: of the source, or put in by an EQU of several lines. Tokens are read when first needed. */
export type Line = { readonly source: SourceLine | null; tokens: readonly Token[] | null };

/** Lines that are read one after the other; `equate` names the EQU that they come from. */
export type Frame = {
  readonly lines: readonly Line[];
  at: number;
  readonly equate: string | null;
  /** True where the last line goes on with what stood behind the EQU. */
  readonly hasRest: boolean;
};

/** False for the last line of an EQU where it may be that of the line around it. */
export function isInside({ lines, at, hasRest }: Frame): boolean {
  return at < lines.length || !hasRest;
}

/** Where a line begins. */
export function firstPlace({ source, tokens }: Line): Place {
  return tokens?.[0]?.place ?? { line: source?.number ?? 1, column: 1, text: source?.text ?? '' };
}

/** The tokens of a line; none, and an error, where it is too long. */
export function tokenize({ number, text }: SourceLine, report: Report): readonly Token[] {
  const comment = text.indexOf(';');
  const length = comment < 0 ? text.length : comment;
  if (length > MAX_LINE) {
    report.error(
      { line: number, column: MAX_LINE + 1, text: text.slice(MAX_LINE, MAX_LINE + 20) },
      `the line has ${length} characters, more than ${MAX_LINE}`,
    );
    return [];
  }
  return length === 0 ? [] : readTokens(text, number);
}
