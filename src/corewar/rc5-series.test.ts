import { expect, test } from 'vitest';
import { DWARF } from '../../test/support/warriors.ts';
import { createMars } from './mars/kernel-mars.ts';
import { createPlainMars } from './mars/plain-mars.ts';
import { playBattle } from './play-battle.ts';
import { resolveBattle } from './pmars-options.ts';
import { createRc5Series } from './rc5-series.ts';
import { countPlaces, permuteBySeries } from './series.ts';
import { makeSettings } from './settings.ts';

/** Wins and ties of Dwarf against itself under pMARS 0.9.5, with `-bk -r ROUNDS -c 2000 -s 800 -l 20 -F TEXT`. */
test.each([
  ['seed', 200, [81, 43, 76, 43]],
  ['a text of more than eight bytes', 200, [60, 55, 85, 55]],
  // In the first round, warrior 2 stands at 1, 2, 3 and 5: it overwrites warrior 1.
  ['/', 1, [0, 0, 1, 0]],
  ['/', 50, [19, 10, 21, 10]],
  ['.', 50, [17, 16, 17, 16]],
  ['-', 50, [27, 7, 16, 7]],
  ['+', 1, [1, 0, 0, 0]],
  // Its number is 0, and the first place is drawn too.
  ['1&', 50, [18, 10, 22, 10]],
  ['214748363B', 50, [25, 11, 14, 11]],
])('-F "%s" places warriors of %i rounds as pMARS does', (seedText, rounds, expected) => {
  const settings = makeSettings({ coreSize: 800, maxCycles: 2000, maxLength: 20 });
  const dwarf = {
    ...DWARF,
    instructions: DWARF.instructions.map((one) => ({ ...one, a: shift(one.a), b: shift(one.b) })),
  };
  const job = resolveBattle([dwarf, dwarf], settings, { rounds, seedText });
  for (const create of [createPlainMars, createMars]) {
    const { outcomes } = playBattle(create(settings), job);
    expect(outcomes.flatMap(([, wins, ties]) => [wins, ties])).toEqual(expected);
  }
});

test('with -P, a text whose number is 0 draws the first place too', () => {
  const settings = makeSettings({ coreSize: 800, maxCycles: 2000, maxLength: 20 });
  const { placement } = resolveBattle([DWARF, DWARF], settings, { permute: true, seedText: '1&' });
  const draw = createRc5Series('1&');
  expect(placement).toEqual({ kind: 'permuted-series', seed: null, text: '1&' });
  const plans = permuteBySeries({ seed: null, text: '1&' }, settings);
  const choice = draw() % (2 * countPlaces(settings));
  expect(plans(0)).toEqual({ positions: [0, 20 + (choice >> 1)], first: choice & 1 });
});

/** Fields of a core of 8000, in one of 800. */
const shift = (field: number) => (field > 4000 ? field - 7200 : field);

test('the numbers have 31 bits and follow from the text', () => {
  const take = (text: string) => {
    const next = createRc5Series(text);
    return Array.from({ length: 50 }, next);
  };
  expect(take('one')).toEqual(take('one'));
  expect(take('one')).not.toEqual(take('two'));
  for (const number of take('')) {
    expect(number).toBeGreaterThanOrEqual(0);
    expect(number).toBeLessThan(2 ** 31);
  }
});
