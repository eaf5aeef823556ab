// Figures of pMARS 0.9.2 and 0.9.5, which agree, for small warriors whose fate depends on where they stand.

import { describe, expect, test } from 'vitest';
import { IMP } from '../../test/support/warriors.ts';
import type { Instruction } from './instruction.ts';
import { createMars } from './mars/kernel-mars.ts';
import { planRounds } from './placement.ts';
import { playBattle } from './play-battle.ts';
import { type BattleFlags, resolveBattle } from './pmars-options.ts';
import { nextSeriesSeed, permuteBySeries, seriesSeedOf, seriesSeedOfWarriors } from './series.ts';
import { type CoreSettings, makeSettings } from './settings.ts';
import type { Warrior } from './warrior.ts';

/** add #4, 3 / mov 2, @2 / jmp -2 / dat 0, 0 */
const DWARF: Warrior = {
  ...IMP,
  name: 'Dwarf',
  instructions: [
    { opcode: 'ADD', modifier: 'AB', aMode: '#', a: 4, bMode: '$', b: 3 },
    { opcode: 'MOV', modifier: 'I', aMode: '$', a: 2, bMode: '@', b: 2 },
    { opcode: 'JMP', modifier: 'B', aMode: '$', a: 7998, bMode: '$', b: 0 },
    { opcode: 'DAT', modifier: 'F', aMode: '$', a: 0, bMode: '$', b: 0 },
  ],
};

/** Bombs one cell, then waits. */
function sniper(target: number): Warrior {
  const instructions: Instruction[] = [
    { opcode: 'MOV', modifier: 'I', aMode: '$', a: 2, bMode: '$', b: target },
    { opcode: 'JMP', modifier: 'B', aMode: '$', a: 0, bMode: '$', b: 0 },
    { opcode: 'DAT', modifier: 'F', aMode: '$', a: 0, bMode: '$', b: 0 },
  ];
  return { ...IMP, name: `sniper ${target}`, instructions };
}

const SNIPERS = [7, 11, 13, 17, 19, 23, 29, 31, 37, 41].map(sniper);

/** Rounds by survivors, 1 first, then losses, of each warrior. */
function play(
  warriors: readonly Warrior[],
  flags: BattleFlags,
  settings: CoreSettings = makeSettings(),
): string[] {
  const job = resolveBattle(warriors, settings, flags);
  const { outcomes } = playBattle(createMars(settings), job);
  return outcomes.map(([losses, ...survived]) => [...survived, losses].join(' '));
}

const small = (coreSize: number) =>
  makeSettings({ coreSize, maxCycles: 100, maxLength: 3, minSeparation: 6 });

describe('-f', () => {
  test('the seed follows from the assembled code and the order of warriors', () => {
    // What -F is given for the same series.
    expect(100 + seriesSeedOfWarriors([IMP, DWARF])).toBe(142_271_355);
    expect(100 + seriesSeedOfWarriors([DWARF, IMP])).toBe(142_405_811);
    expect(seriesSeedOfWarriors([])).toBe(0);
  });

  test('two warriors', () => {
    const flags = { fixedSeries: true, rounds: 20 };
    expect(play([IMP, DWARF], flags)).toEqual(['0 11 9', '9 11 0']);
    expect(play([DWARF, IMP], flags)).toEqual(['4 16 0', '0 16 4']);
    expect(play([IMP, DWARF], { position: 142_271_355, rounds: 20 })).toEqual(['0 11 9', '9 11 0']);
  });

  test('three warriors and four', () => {
    const flags = { fixedSeries: true, rounds: 100 };
    const [s7, s11, s13] = SNIPERS as [Warrior, Warrior, Warrior];
    expect(play([s7, s11, s13], flags, small(64))).toEqual(['0 11 84 5', '0 8 84 8', '0 13 84 3']);
    expect(play([s7, s11, s13, SNIPERS.at(-1)!], flags, small(64))).toEqual([
      '0 1 18 75 6',
      '0 0 18 75 7',
      '0 2 14 75 9',
      '0 1 19 75 5',
    ]);
  });
});

test('ten warriors in a crowded core stand where pMARS places them', () => {
  expect(play(SNIPERS, { position: 20, rounds: 200 }, small(64))).toEqual([
    '0 0 0 0 1 4 35 81 52 2 25',
    '0 0 0 0 1 2 26 71 47 2 51',
    '0 0 0 0 1 4 31 86 51 2 25',
    '0 0 0 0 0 3 26 73 53 2 43',
    '0 0 0 0 1 5 33 70 47 2 42',
    '0 0 0 0 0 2 27 77 50 2 42',
    '0 0 0 0 1 3 28 70 50 2 46',
    '0 0 0 0 0 5 31 71 51 2 40',
    '0 0 0 0 0 4 25 69 50 2 50',
    '0 0 0 0 0 4 32 76 53 2 33',
  ]);
  // No cell is free: only the order is drawn.
  const job = resolveBattle(SNIPERS, small(60), { position: 7, rounds: 3 });
  for (const { positions } of planRounds(job)) {
    expect([...positions].sort((a, b) => a - b)).toEqual(SNIPERS.map((_, i) => 6 * i));
  }
});

describe('-P with a seed', () => {
  const pair = [sniper(7), sniper(13)];

  test('draws positions and starters as pMARS does', () => {
    const wins = (flags: BattleFlags) => play(pair, flags, small(64));
    expect(wins({ permute: true, position: 20, rounds: 60 })).toEqual(['2 55 3', '3 55 2']);
    expect(wins({ permute: true, fixedSeries: true, rounds: 60 })).toEqual(['2 56 2', '2 56 2']);
    expect(wins({ permute: true, position: 20 })).toEqual(['3 100 3', '3 100 3']);
  });

  test('begins at the position asked for, and has each combination once in a pass', () => {
    const settings = small(64);
    const draw = permuteBySeries({ seed: 2 * seriesSeedOf(20, settings) }, settings);
    const rounds = Array.from({ length: 212 }, (_, i) => draw(i));
    const names = rounds.map(({ positions, first }) => `${positions[1]} ${first}`);
    expect(names[0]).toBe('20 0');
    expect(new Set(names.slice(0, 106)).size).toBe(106);
    expect([...names.slice(106)].sort()).toEqual([...names.slice(0, 106)].sort());
  });
});

test('the generator stays at 0, and takes sums below it', () => {
  expect(nextSeriesSeed(0)).toBe(0);
  expect(nextSeriesSeed(1)).toBe(16_807);
  expect(nextSeriesSeed(-1)).toBe(2 ** 31 - 1 - 16_807);
});
