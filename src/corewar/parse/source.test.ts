import { expect, test } from 'vitest';
import type { PmarsVersion } from '../pmars-version.ts';
import { MAX_LINES, MAX_SOURCE } from './budgets.ts';
import { readTitles } from './comments.ts';
import { createReport } from './diagnostics.ts';
import { decodeSource, locateInLine, readSource } from './source.ts';

const source = (text: string | Uint8Array, pmars: PmarsVersion = '0.9.5') =>
  readSource(text, createReport(), pmars);
const read = (text: string, pmars?: PmarsVersion) =>
  source(text, pmars).code.map((line) => line.text);

test('bytes are UTF-8 where they are valid, else Latin-1', () => {
  expect(decodeSource(new TextEncoder().encode(';name é'))).toBe(';name é');
  expect(decodeSource(Uint8Array.of(0x3b, 0xe9, 0x80))).toBe(';é\u0080');
});

test('lines end with LF or CR LF; a NUL or a lone CR hides the rest of its line', () => {
  const { all } = source('a\r\nb\n\nc\0d\ne\rf');
  expect(all.map(({ number, text }) => `${number}${text}`)).toEqual(['1a', '2b', '3', '4c', '5e']);
  const report = createReport();
  readSource('a\0b\nc\r\n\0\0\0', report, '0.9.5');
  expect(report.finish()).toMatchObject([
    { severity: 'warning', code: 'advice', line: 1, column: 2 },
  ]);
});

test('a line that ends in a backslash goes on with the next; in a comment, in 0.9.2 alone', () => {
  expect(read('mov 0, \\\n1\\\r\n2\nx')).toEqual(['mov 0, 12', 'x']);
  expect(read('mov 0, \\ \n1')).toEqual(['mov 0, \\ ', '1']);
  expect(read(';name a\\\nb\n; c \\\nd')).toEqual([';name a\\', 'b', '; c \\', 'd']);
  expect(read(';name a\\\nb\n; c \\\nd', '0.9.2')).toEqual([';name ab', '; c d']);
  expect(read('mov \\\n1 ; \\\nx\\')).toEqual(['mov 1 ; \\', 'x\\']);
  const [line] = source('mov 0, \\\n 1').code;
  expect(locateInLine(line!)(8, '1')).toEqual({ line: 2, column: 2, text: '1' });
  expect(locateInLine(line!)(4, '0')).toEqual({ line: 1, column: 5, text: '0' });
});

test('two bytes per character: refused where pMARS refuses it, else a warning', () => {
  const wide = (text: string) => Uint8Array.from(Buffer.from(text, 'utf16le'));
  for (const [bytes, severity] of [
    [wide('\uFEFF mov 0, 1\n'), 'error'],
    [wide(' mov 0, 1\n jmp -1'), 'warning'],
  ] as const) {
    const report = createReport();
    readSource(bytes, report, '0.9.5');
    const hint = 'save it as UTF-8 or plain ASCII';
    expect(report.finish()[0]).toMatchObject({ severity, hint });
  }
});

test('the warrior is what stands between the first ;redcode and the next', () => {
  expect(read('mail\n;redcode-94\n dat 1\n;redcode\n dat 2')).toEqual([';redcode-94', ' dat 1']);
  expect(read('a\n ;REDCODE\nb')).toEqual([' ;REDCODE', 'b']);
  for (const none of ['; redcode', ';redcode94', ';redcodes', ';;redcode']) {
    expect(read(`a\n${none}\nb`)).toHaveLength(3);
  }
});

test('too long a source is refused unread', () => {
  for (const text of ['x'.repeat(MAX_SOURCE + 1), '\n'.repeat(MAX_LINES + 1)]) {
    const report = createReport();
    expect(readSource(text, report, '0.9.5').code).toEqual([]);
    expect(report.finish()).toMatchObject([{ severity: 'error' }]);
  }
});

test('titles: the last name and author, all of the strategy, control characters gone', () => {
  const lines = [
    ';name one',
    '; NAME  two words ',
    ';namely no',
    ';author a;b \u001b[31m \t ',
    ';strategy first',
    ';strategy',
    ';strategy   third',
  ].map((text, i) => ({ number: i + 1, text }));
  expect(readTitles(lines)).toEqual({
    name: 'two words ',
    author: 'a;b  [31m \t ',
    strategy: 'first\n\n  third',
  });
  expect(readTitles([...lines, { text: ';name' }, { text: ';author ' }])).toMatchObject({
    name: 'Unknown',
    author: 'Anonymous',
  });
  expect(readTitles([])).toEqual({ name: 'Unknown', author: 'Anonymous', strategy: '' });
});
