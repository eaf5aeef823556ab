import { expect, test } from 'vitest';
import { readTokens } from './tokens.ts';

const read = (text: string) => readTokens(text, 7).map((token) => token.text);

test('names, numbers and single characters; a comment ends the line', () => {
  expect(read('foo_1: MOV.ab #12,<b ; c')).toEqual([
    ...['foo_1', ':', 'MOV', '.', 'ab', '#', '12', ',', '<', 'b'],
  ]);
  expect(read('0x10')).toEqual(['0', 'x10']);
  expect(read(' \t\v\f\u00a0; nothing')).toEqual([]);
});

test('& joins names that touch it, and nothing else', () => {
  expect(read('a&i&j a & i a&1 a&&b')).toEqual([
    ...['a&i&j', 'a', '&', 'i', 'a', '&', '1', 'a', '&', '&', 'b'],
  ]);
});

test('places count from 1, and tokens know whether a space stands before them', () => {
  const [first, second, third] = readTokens(' a: b', 7);
  expect(first).toMatchObject({ place: { line: 7, column: 2, text: 'a' }, isGlued: false });
  expect(second).toMatchObject({ place: { column: 3 }, isGlued: true });
  expect(third).toMatchObject({ kind: 'name', place: { column: 5 }, isGlued: false });
});
