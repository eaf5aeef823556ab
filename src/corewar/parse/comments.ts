// Comments that mean something: `;redcode`, `;name`, `;author`, `;strategy`, `;assert`.

import { cleanText } from './diagnostics.ts';

const WORD = /^[ \t\v\f]*;[ \t\v\f]*([A-Za-z_]\w*)/;
const SPACE = /^[ \t\v\f]+/;

/** The first word of a line that is a comment, in lower case. `redcode` may not have a space before it, as in pMARS. */
export function readCommentWord(line: string): string | null {
  const match = WORD.exec(line);
  if (match === null) return null;
  const word = match[1]!.toLowerCase();
  return word === 'redcode' && !/;redcode$/i.test(match[0]) ? null : word;
}

/** What follows the first word of a comment line, and the column (from 0) where it begins. */
export function readCommentValue(line: string): { readonly value: string; readonly at: number } {
  const match = WORD.exec(line)!;
  return { value: line.slice(match[0].length), at: match[0].length };
}

type Titles = {
  readonly name: string;
  readonly author: string;
  readonly strategy: string;
};

const UNKNOWN = { name: 'Unknown', author: 'Anonymous' };

/**
 * The last `;name` and `;author`, blanks at their ends kept, and all lines of `;strategy`. pMARS's names where there are
 * none, or where the last one is empty.
 */
export function readTitles(lines: readonly { readonly text: string }[]): Titles {
  let { name, author } = UNKNOWN;
  const strategy: string[] = [];
  for (const { text } of lines) {
    const word = text.includes(';') ? readCommentWord(text) : null;
    if (word !== 'name' && word !== 'author' && word !== 'strategy') continue;
    const { value } = readCommentValue(text);
    if (word === 'strategy') strategy.push(cleanText(value).trimEnd().replace(/^\s/, ''));
    else if (word === 'name') name = readTitle(value) || UNKNOWN.name;
    else author = readTitle(value) || UNKNOWN.author;
  }
  return { name, author, strategy: strategy.join('\n') };
}

/** Without the blanks before it and control characters; tabs do no harm and stay. */
function readTitle(value: string): string {
  return value.replace(SPACE, '').split('\t').map(cleanText).join('\t');
}
