import { expect, test } from 'vitest';
import { MAX_LINES, MAX_SOURCE } from './budgets.ts';
import { readTitles } from './comments.ts';
import { createReport } from './diagnostics.ts';
import { decodeSource, readSource } from './source.ts';

const read = (text: string) => readSource(text, createReport()).code.map((line) => line.text);

test('bytes are UTF-8 where they are valid, else Latin-1', () => {
  expect(decodeSource(new TextEncoder().encode(';name é'))).toBe(';name é');
  expect(decodeSource(Uint8Array.of(0x3b, 0xe9, 0x80))).toBe(';é\u0080');
});

test('lines end with LF, CR LF or CR, and keep their numbers', () => {
  const { all } = readSource('a\r\nb\rc\nd', createReport());
  expect(all.map(({ number, text }) => `${number}${text}`)).toEqual(['1a', '2b', '3c', '4d']);
});

test('the warrior is what stands between the first ;redcode and the next', () => {
  expect(read('mail\n;redcode-94\n dat 1\n;redcode\n dat 2')).toEqual([';redcode-94', ' dat 1']);
  expect(read('a\n ;REDCODE\nb')).toEqual([' ;REDCODE', 'b']);
  for (const none of ['; redcode', ';redcode94', ';redcodes', ';;redcode']) {
    expect(read(`a\n${none}\nb`)).toHaveLength(3);
  }
});

test('too long a source is refused unread', () => {
  for (const source of ['x'.repeat(MAX_SOURCE + 1), '\n'.repeat(MAX_LINES + 1)]) {
    const report = createReport();
    expect(readSource(source, report).code).toEqual([]);
    expect(report.finish()).toMatchObject([{ severity: 'error' }]);
  }
});

test('titles: the last name and author, all of the strategy, control characters gone', () => {
  const lines = [
    ...[
      ';name one',
      '; NAME  two words ',
      ';namely no',
      ';author a;b \u001b[31m',
      ';strategy first',
    ],
    ...[';strategy', ';strategy   third', ';name'],
  ].map((text, i) => ({ number: i + 1, text }));
  expect(readTitles(lines)).toEqual({
    name: 'two words',
    author: 'a;b  [31m',
    strategy: 'first\n\n  third',
  });
  expect(readTitles([])).toEqual({ name: 'Unknown', author: 'Anonymous', strategy: '' });
});
