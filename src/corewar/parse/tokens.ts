// Pass 2: a line to tokens. A comment ends the line; `a&b` is one name, whose parts FOR joins.

import type { Place } from './diagnostics.ts';

export type Token = {
  readonly kind: 'number' | 'name' | 'symbol' | 'newline';
  /** What it reads as, after what EQU and FOR put in. */
  readonly text: string;
  /** Where it stands in the source, and what stands there: the name of the EQU for what an EQU put in. */
  readonly place: Place;
  /** No space before it. */
  readonly isGlued: boolean;
  /** Something that was put in ends here: a number does not go on with the next token. */
  readonly isEnd?: boolean;
};

// One alternative a kind, in this order: space, name, number, comment, any other character.
const TOKEN = /([\s\u00a0]+)|([A-Za-z_]\w*(?:&[A-Za-z_]\w*)*)|(\d+)|(;.*)|([\s\S])/gy;

/**
 * The tokens of a line.
 *
 * @param line number of the line, from 1
 * @param offset columns that stand before `text`
 */
export function readTokens(text: string, line: number, offset = 0): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let isGlued = false;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    if (match[4] !== undefined) break;
    if (match[1] !== undefined) {
      isGlued = false;
      continue;
    }
    const piece = match[0];
    const kind = match[2] !== undefined ? 'name' : match[3] !== undefined ? 'number' : 'symbol';
    const column = offset + TOKEN.lastIndex - piece.length + 1;
    tokens.push({ kind, text: piece, place: { line, column, text: piece }, isGlued });
    isGlued = true;
  }
  return tokens;
}
