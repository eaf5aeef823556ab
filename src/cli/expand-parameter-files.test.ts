import { expect, test } from 'vitest';
import { expandParameterFiles } from './expand-parameter-files.ts';
import { createTextCursor } from './pmars/text-cursor.ts';

const FILES: Readonly<Record<string, string>> = {
  hill: ';a hill\n-s 8000 -@ more imp.red',
  more: '-= "(S == 1) * W" $ -z',
  self: '-b -@ self',
};

function expand(line: string, input = ''): string {
  const cursor = createTextCursor(input);
  return expandParameterFiles(line.split(' '), {
    readFile: (name) => FILES[name]!,
    readStandardInput: () => cursor,
  }).join(' ');
}

test('files stand for their words, wherever they are named', () => {
  const words = '-s 8000 -= (S == 1) * W imp.red';
  expect(expand('a -@ hill -k b')).toBe(`a ${words} -k b`);
  expect(expand('a -@hill -k')).toBe(`a ${words} -k`);
  expect(expand('-bk@ hill a')).toBe(`-bk ${words} a`);
  expect(expand('--options hill a')).toBe(`${words} a`);
  expect(expand('--options=hill a')).toBe(`${words} a`);
  expect(expand('-@ - x', '-b 2- $\n;redcode')).toBe('-b - - x');
});

test('words of standard input come in bytes and become text', () => {
  const bytes = Buffer.from('-b "voilà ü.red" à.red').toString('latin1');
  expect(expand('-@ - x', bytes)).toBe('-b voilà ü.red à.red x');
});

test('$ ends the options, a number before a dash repeats it', () => {
  expect(expand('-b a $ -z')).toBe('-b a');
  expect(expand('3- -r 5 --json')).toBe('- - - -r 5 --json');
  expect(expand('99-').split(' ')).toHaveLength(37);
});

test('files that name themselves are refused', () => {
  expect(() => expand('-@ self')).toThrow('more than 100 parameter files, at self');
  expect(() => expand('a -@')).toThrow('-@ needs the name of a file');
  expect(() => expand('a -@ $')).toThrow('-@ needs the name of a file');
});
