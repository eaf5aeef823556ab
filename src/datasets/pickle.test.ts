import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { findPython } from '../../test/support/find-python.ts';
import { tokenCharacters } from './companion-files.ts';
import { pickle } from './pickle.ts';

const PYTHON = findPython('pickle');

test('the bytes of protocol 2', () => {
  const bytes = pickle(new Map([['a', 258]]));
  const expected = [
    0x80,
    2,
    ...Buffer.from('}('),
    ...Buffer.from('X\x01\0\0\0a'),
    0x4a,
    2,
    1,
    0,
    0,
  ];
  expect([...bytes]).toEqual([...expected, ...Buffer.from('u.')]);
  expect(() => pickle(2 ** 31)).toThrow(RangeError);
});

test.skipIf(!PYTHON)('Python reads numbers, text of any script and dictionaries', () => {
  const value = new Map<string | number, string | number | Map<number, string>>([
    ['size', -5],
    [2, 'é\n'],
    ['inner', new Map([[70_000, String.fromCodePoint(0xf1234)]])],
  ]);
  const script = 'import pickle,sys,json;print(json.dumps(pickle.load(sys.stdin.buffer)))';
  const printed = execFileSync(PYTHON!, ['-c', script], { input: pickle(value), encoding: 'utf8' });
  const inner = { 70000: String.fromCodePoint(0xf1234) };
  expect(JSON.parse(printed)).toEqual({ size: -5, 2: 'é\n', inner });
});

test.each([18, 64, 65, 10_002, 20_994, 20_995, 65_536])(
  'every one of %d ids has a character of its own',
  (vocabSize) => {
    const characters = tokenCharacters(vocabSize);
    expect(characters).toHaveLength(vocabSize);
    expect(new Set(characters).size).toBe(vocabSize);
    expect(characters.every((character) => [...character].length === 1)).toBe(true);
    expect(characters.slice(-2)).toEqual(['\n', '|']);
  },
);
