import { describe, expect, test } from 'vitest';
import {
  countValues,
  formatValueSet,
  indexOfValue,
  parseConstants,
  replaceConstants,
  valueAt,
} from './parse-constants.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (...lines: string[]) => parseConstants(bytes(lines.join('\n')), 'w.red');
const sets = (...lines: string[]) =>
  parse(...lines).map(({ name, values, original }) => [name, formatValueSet(values), original]);

describe('parseConstants', () => {
  test('reads ranges, strides and lists, beside the EQU or elsewhere', () => {
    expect(
      sets(
        ';redcode-94',
        ';tune gap -5..40',
        'step equ 3039 ;tune step 1..7999 by 2',
        'gap EQU +12',
        '  far: equ -7',
        ';TUNE far 13, -1,0 ; what is tried',
        ' mov.i 0, step',
      ),
    ).toEqual([
      ['gap', '-5..40', 12],
      ['step', '1..7999 by 2', 3039],
      ['far', '13, -1, 0', -7],
    ]);
  });

  test('a stride that does not reach the end stops before it', () => {
    const [{ values }] = parse('a equ 1 ;tune a 1..10 by 4') as [ReturnType<typeof parse>[0]];
    expect([countValues(values), valueAt(values, 0), valueAt(values, 2)]).toEqual([3, 1, 9]);
    expect([-5, 1, 4, 6, 8, 99].map((value) => indexOfValue(values, value))).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
  });

  test('other comments are none of its business', () => {
    expect(sets('a equ 1 ;tune a 1..2', '; tune b', ';tuned c 1', ';tune-up')).toEqual([
      ['a', '1..2', 1],
    ]);
  });

  test.each([
    [['mov 0, 1'], 'no constant to tune'],
    [['a equ 1', ';tune'], 'w.red:2: ";tune" cannot be read'],
    [['a equ 1', ';tune a'], 'cannot be read'],
    [['a equ 1', ';tune a 1..'], 'cannot be read'],
    [['a equ 1', ';tune a 1...5'], 'cannot be read'],
    [['a equ 1', ';tune a 1..5 step 2'], 'cannot be read'],
    [['a equ 1', ';tune a 1.5, 2'], 'cannot be read'],
    [['a equ 1', ';tune a 1,,2'], 'cannot be read'],
    [['a equ 1', ';tune 5 1..2'], 'cannot be read'],
    [['a equ 1', ';tune a 1..5 by 0'], 'the stride is 0'],
    [['a equ 1', ';tune a 5..1'], 'the range 5..1 is empty'],
    [['a equ 1', ';tune a 5..5'], 'only one value'],
    [['a equ 1', ';tune a 1..5 by 9'], 'only one value'],
    [['a equ 1', ';tune a 7'], 'only one value'],
    [['a equ 1', ';tune a 7, 8, 7'], '7 is listed twice'],
    [['a equ 1', ';tune a 1..2147483648'], 'out of range'],
    [['a equ 1', `;tune a 1..${'9'.repeat(400)}`], 'out of range'],
    [['a equ 1', ';tune a 1..2', ';tune a 1..3'], 'w.red:3: a is marked twice'],
    [['A equ 1', ';tune a 1..2'], 'there is no EQU that defines a'],
    [['a equ 1', 'a equ 2', ';tune a 1..2'], 'a is defined in lines 1 and 2'],
    [['a equ 2*b', ';tune a 1..2'], 'a is "2*b" in line 1, not a number'],
    [['a equ', ';tune a 1..2'], 'a is "" in line 1, not a number'],
    [['a equ 99999999999', ';tune a 1..2'], 'not a number'],
    [[`a equ 1 ;tune a ${Array.from({ length: 1001 }, (_, i) => i)}`], 'more than 1000 values'],
    [
      Array.from({ length: 33 }, (_, i) => `c${i} equ 1 ;tune c${i} 1..2`),
      'w.red:33: more than 32 constants',
    ],
  ])('%j: %s', (lines, message) => {
    expect(() => parse(...lines)).toThrow(message);
  });

  test('long hostile lines cost no time by their square', () => {
    const long = 200_000;
    for (const line of [
      `a${' '.repeat(long)}equ${' '.repeat(long / 8)}`,
      `a equ ${' '.repeat(long)}1${' '.repeat(long / 8)}x`,
      `;tune a ${' '.repeat(long)}`,
      `;tune a ${'1 '.repeat(long / 2)}`,
      `;tune a 1${'.'.repeat(long)}`,
      `;tune ${'a'.repeat(long)} 1..2`,
    ]) {
      expect(() => parse(line)).toThrow();
    }
    expect(() => parse('x'.repeat(2 ** 18 + 1))).toThrow('more than 262,144 bytes');
  });
});

describe('replaceConstants', () => {
  // Latin-1, all three ends of lines, tabs, and a number in the middle of everything.
  const source = Buffer.from(
    ';author Andr\xe9\r\nstep\tequ\t+3039\t; 3039 ;tune\rgap equ 007;tune gap 1..9\n;tune step 1..9\r\n mov step, gap\x00',
    'latin1',
  );
  const constants = parseConstants(source, 'w.red');

  test('changes the numbers and not another byte', () => {
    expect(constants.map(({ name }) => name)).toEqual(['gap', 'step']);
    const changed = Buffer.from(replaceConstants(source, constants, [12345, -8])).toString(
      'latin1',
    );
    expect(changed).toBe(source.toString('latin1').replace('+3039', '-8').replace('007', '12345'));
  });

  test('a number that stays keeps its spelling', () => {
    expect(replaceConstants(source, constants, [7, 3039])).toEqual(source);
  });
});
