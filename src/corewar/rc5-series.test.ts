import { expect, test } from 'vitest';
import { DWARF } from '../../test/support/warriors.ts';
import { createPlainMars } from './mars/plain-mars.ts';
import { playBattle } from './play-battle.ts';
import { resolveBattle } from './pmars-options.ts';
import { createRc5Series } from './rc5-series.ts';
import { makeSettings } from './settings.ts';

/** Wins and ties of Dwarf against itself under pMARS 0.9.5, with `-bk -r 200 -c 2000 -s 800 -l 20 -F TEXT`. */
test.each([
  ['seed', [81, 43, 76, 43]],
  ['a text of more than eight bytes', [60, 55, 85, 55]],
])('-F "%s" places warriors as pMARS does', (seedText, expected) => {
  const settings = makeSettings({ coreSize: 800, maxCycles: 2000, maxLength: 20 });
  const dwarf = {
    ...DWARF,
    instructions: DWARF.instructions.map((one) => ({ ...one, a: shift(one.a), b: shift(one.b) })),
  };
  const job = resolveBattle([dwarf, dwarf], settings, { rounds: 200, seedText });
  const { outcomes } = playBattle(createPlainMars(settings), job);
  expect(outcomes.flatMap(([, wins, ties]) => [wins, ties])).toEqual(expected);
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
