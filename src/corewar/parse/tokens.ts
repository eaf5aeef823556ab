// Pass 2: text to tokens. A comment ends the line.

import type { Place } from './diagnostics.ts';

type TokenKind = 'name' | 'number' | 'mode' | 'operator' | 'comma' | 'point' | 'other';

export type Token = {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it stands in the source, and what stands there. */
  readonly place: Place;
  /** No space before it. */
  readonly isGlued: boolean;
  /** A space after it. */
  readonly isSpaced: boolean;
};

/** The place of what stands at an offset of the text; `text` as the token reads. */
export type Locate = (offset: number, text: string) => Place;

// In this order: space, name, number, operators of two characters that no single one of them is, comment, any other.
const TOKEN = /([ \t\v\f\r\n]+)|([A-Za-z_]\w*)|(\d+)|(&&|\|\|)|(;)|([\s\S])/gu;

// '*' is a mode and an operator; as in pMARS it is the first, and expressions allow it.
const KINDS: Readonly<Record<string, TokenKind>> = {
  '#': 'mode',
  $: 'mode',
  '@': 'mode',
  '<': 'mode',
  '>': 'mode',
  '*': 'mode',
  '{': 'mode',
  '}': 'mode',
  '(': 'operator',
  ')': 'operator',
  '/': 'operator',
  '+': 'operator',
  '-': 'operator',
  '%': 'operator',
  '!': 'operator',
  '=': 'operator',
  ',': 'comma',
  '.': 'point',
};

/** The tokens of a text, from `from` on. */
export function readTokens(text: string, locate: Locate, from = 0): Token[] {
  const tokens: Token[] = [];
  let isGlued = false;
  TOKEN.lastIndex = from;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    if (match[5] !== undefined) break;
    if (match[1] !== undefined) {
      isGlued = false;
      continue;
    }
    const piece = match[0];
    const kind =
      match[2] !== undefined
        ? 'name'
        : match[3] !== undefined
          ? 'number'
          : match[4] !== undefined
            ? 'operator'
            : (KINDS[piece] ?? 'other');
    const place = locate(match.index, piece);
    const isSpaced = isSpace(text.charCodeAt(TOKEN.lastIndex));
    tokens.push({ kind, text: piece, place, isGlued, isSpaced });
    isGlued = true;
  }
  return tokens;
}

/** Space as C has it: nothing beyond ASCII. NaN, for the end of a text, is none. */
function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
