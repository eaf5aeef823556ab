// Lists of hosts as Slurm writes them: `gpu[01-03,7],login`.

import { UserError } from '../core/index.ts';

/** More hosts than any cluster has: a wrong range must not fill the memory. */
const MOST_HOSTS = 65_536;

const HINT = 'Slurm writes names with ranges in brackets, such as gpu[01-03,7]';

/**
 * The names of a list, in order. Ranges keep their leading zeros; where a name has several, the last one varies fastest.
 *
 * @throws UserError where the text is not such a list, or names more than 65,536 hosts
 */
export function parseHostList(text: string): string[] {
  const names = splitOutsideBrackets(text).flatMap((name) => expandName(name.trim(), text));
  if (names.length > MOST_HOSTS) throw tooMany(text);
  return names;
}

function splitOutsideBrackets(text: string): string[] {
  const parts = [''];
  let isInside = false;
  for (const character of text) {
    if (character === '[') isInside = true;
    if (character === ']') isInside = false;
    if (character === ',' && !isInside) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/** One name, whose brackets are replaced by each of their numbers. */
function expandName(name: string, text: string): string[] {
  const pieces = name.split(/(\[[^[\]]*\])/);
  const lists = pieces.map((piece) =>
    piece.startsWith('[') ? expandRanges(piece.slice(1, -1), text) : [plainPiece(piece, text)],
  );
  const count = lists.reduce((product, list) => product * list.length, 1);
  if (count > MOST_HOSTS) throw tooMany(text);
  const names = lists.reduce((begun, list) =>
    begun.flatMap((start) => list.map((next) => start + next)),
  );
  if (names.includes('')) throw wrong(text, 'a name is empty');
  return names;
}

function plainPiece(piece: string, text: string): string {
  if (/^[\w.-]*$/.test(piece)) return piece;
  throw wrong(text, `${JSON.stringify(piece)} is no part of a name`);
}

/** `01-03,7` as 01, 02, 03, 7. */
function expandRanges(ranges: string, text: string): string[] {
  return ranges.split(',').flatMap((range) => {
    const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range) ?? [];
    if (first === undefined || last === undefined) {
      throw wrong(text, `${JSON.stringify(range)} is no range of numbers`);
    }
    const count = Number(last) - Number(first) + 1;
    if (count < 1) throw wrong(text, `the range ${range} runs backwards`);
    if (count > MOST_HOSTS) throw tooMany(text);
    return Array.from({ length: count }, (_, i) =>
      String(Number(first) + i).padStart(first.length, '0'),
    );
  });
}

function wrong(text: string, why: string): UserError {
  return new UserError(`${JSON.stringify(text)} is no list of hosts: ${why}`, { hint: HINT });
}

function tooMany(text: string): UserError {
  return wrong(text, `it names more than ${MOST_HOSTS.toLocaleString('en-US')}`);
}
