// Comments that mean something: `;redcode`, `;name`, `;author`, `;strategy`, `;assert`.

import { cleanText } from './diagnostics.ts';

const WORD = /^\s*;[^\S\r\n]*([A-Za-z_]\w*)/;

/** The first word of a line that is a comment, in lower case. `redcode` may not have a space before it, as in pMARS. */
export function readCommentWord(line: string): string | null {
  const match = WORD.exec(line);
  if (match === null) return null;
  const word = match[1]!.toLowerCase();
  return word === 'redcode' && !/^\s*;redcode/i.test(line) ? null : word;
}

/** What follows the first word of a comment line, and the column (from 0) where it begins. */
export function readCommentValue(line: string): { readonly value: string; readonly at: number } {
  const match = WORD.exec(line)!;
  return { value: line.slice(match[0].length), at: match[0].length };
}

export type Titles = {
  readonly name: string;
  readonly author: string;
  readonly strategy: string;
};

/** The last `;name` and `;author`, all lines of `;strategy`; names as pMARS gives them where there are none. */
export function readTitles(lines: readonly { readonly text: string }[]): Titles {
  let name = '';
  let author = '';
  const strategy: string[] = [];
  for (const { text } of lines) {
    const word = text.includes(';') ? readCommentWord(text) : null;
    if (word !== 'name' && word !== 'author' && word !== 'strategy') continue;
    const value = cleanText(readCommentValue(text).value).trimEnd();
    if (word === 'strategy') strategy.push(value.replace(/^\s/, ''));
    else if (word === 'name') name = value.trim() || name;
    else author = value.trim() || author;
  }
  return { name: name || 'Unknown', author: author || 'Anonymous', strategy: strategy.join('\n') };
}
