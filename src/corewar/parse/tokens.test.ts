import { expect, test } from 'vitest';
import { readTokens } from './tokens.ts';

const locate = (offset: number, text: string) => ({ line: 7, column: offset + 1, text });
const read = (text: string) => readTokens(text, locate).map((token) => token.text);

test('names, numbers and single characters; a comment ends the line', () => {
  expect(read('foo_1: MOV.ab #12,<b ; c')).toEqual([
    'foo_1',
    ':',
    'MOV',
    '.',
    'ab',
    '#',
    '12',
    ',',
    '<',
    'b',
  ]);
  expect(read('0x10')).toEqual(['0', 'x10']);
  expect(read(' \t\v\f; nothing')).toEqual([]);
  expect(read('\u00a0é\u{1f600}')).toEqual(['\u00a0', 'é', '\u{1f600}']);
});

test('&& and || are one token each where they touch', () => {
  expect(read('a&i a & & b&&c| |||d')).toEqual([
    'a',
    '&',
    'i',
    'a',
    '&',
    '&',
    'b',
    '&&',
    'c',
    '|',
    '||',
    '|',
    'd',
  ]);
});

test('places are those of the text, and tokens know whether spaces stand around them', () => {
  const [first, second, third] = readTokens(' a: b', locate);
  expect(first).toMatchObject({ place: { line: 7, column: 2, text: 'a' }, isGlued: false });
  expect(second).toMatchObject({ place: { column: 3 }, isGlued: true, isSpaced: true });
  expect(third).toMatchObject({
    kind: 'name',
    place: { column: 5 },
    isGlued: false,
    isSpaced: false,
  });
  expect(readTokens(';assert 1;2', locate, 1).map(({ text }) => text)).toEqual(['assert', '1']);
});
