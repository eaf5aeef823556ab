// Text that is read piece by piece, as pMARS reads standard input: words of options first, then warriors, then the rest.

import { readCommentWord } from '../../corewar/parse/comments.ts';

export type TextCursor = {
  /**
   * The next word of options, past blanks and comments (`;` to the end of the line); null at the end. Words in double
   * quotes may have blanks.
   */
  nextWord(): string | null;
  /** The next warrior: up to a second `;redcode`, or to the end; empty if nothing is left. */
  nextWarrior(): string;
  /** All that was not read. */
  rest(): string;
};

export function createTextCursor(text: string): TextCursor {
  let at = 0;
  let isMarked = false;

  function nextWord(): string | null {
    for (;;) {
      // Not `\s`: where a character is a byte, 0xA0 may be part of one in UTF-8.
      at = matchEnd(/[ \t\r\n\v\f]*/y, text, at);
      if (text[at] !== ';') break;
      at = matchEnd(/[^\n]*/y, text, at);
    }
    if (at === text.length) return null;
    const quoted = /"([^"]*)"?/y;
    const plain = /[^ \t\r\n\v\f]+/y;
    const pattern = text[at] === '"' ? quoted : plain;
    pattern.lastIndex = at;
    const match = pattern.exec(text)!;
    at = pattern.lastIndex;
    return match[1] ?? match[0];
  }

  function nextWarrior(): string {
    const from = at;
    while (at < text.length) {
      const begin = at;
      at = matchEnd(/[^\n]*\n?/y, text, at);
      if (readCommentWord(text.slice(begin, at)) !== 'redcode') continue;
      if (isMarked) return text.slice(from, begin);
      isMarked = true;
    }
    return text.slice(from);
  }

  function rest(): string {
    const left = text.slice(at);
    at = text.length;
    return left;
  }

  return { nextWord, nextWarrior, rest };
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.exec(text);
  return pattern.lastIndex;
}
