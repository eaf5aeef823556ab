import { describe, expect, test } from 'vitest';
import { DWARF, IMP, SITTER, SNIPER, SUICIDE } from '../../test/support/warriors.ts';
import { keyFromSeed } from '../core/index.ts';
import type { BattleJob } from './battle.ts';
import { createMars } from './mars/kernel-mars.ts';
import { createPlainMars } from './mars/plain-mars.ts';
import { createBattlePlayer, playBattle } from './play-battle.ts';
import { makeSettings } from './settings.ts';

const settings = makeSettings({ maxCycles: 3000 });
const job = (changes: Partial<BattleJob>): BattleJob => ({
  settings,
  warriors: [IMP, SITTER],
  rounds: 4,
  placement: { kind: 'fixed', positions: [0, 4000] },
  order: 'rotate',
  ...changes,
});
const play = (changes: Partial<BattleJob>) => playBattle(createPlainMars(settings), job(changes));

describe('playBattle', () => {
  test('counts rounds by survivors', () => {
    expect(play({ warriors: [SITTER, SUICIDE] }).outcomes).toEqual([
      [0, 4, 0],
      [4, 0, 0],
    ]);
    expect(play({ warriors: [IMP, SITTER] }).outcomes).toEqual([
      [0, 0, 4],
      [0, 0, 4],
    ]);
    const three = play({
      warriors: [SITTER, SUICIDE, IMP],
      placement: { kind: 'fixed', positions: [0, 4000, 6000] },
    });
    expect(three.outcomes).toEqual([
      [0, 0, 4, 0],
      [4, 0, 0, 0],
      [0, 0, 4, 0],
    ]);
  });

  test('a warrior without instructions dies in its first turn', () => {
    const empty = { ...SITTER, name: 'Empty', instructions: [], start: 0 };
    const fixed = { kind: 'fixed', positions: [0, 4000] } as const;
    for (const create of [createPlainMars, createMars]) {
      const outcomes = (warriors: BattleJob['warriors']) =>
        playBattle(create(settings), job({ warriors, placement: fixed })).outcomes;
      expect(outcomes([empty, SITTER])).toEqual([
        [4, 0, 0],
        [0, 4, 0],
      ]);
      expect(outcomes([empty, empty])).toEqual([
        [2, 2, 0],
        [2, 2, 0],
      ]);
    }
  });

  test('who moves first goes round: snipers that face each other win in turn', () => {
    const outcomes = (changes: Partial<BattleJob>) =>
      play({ warriors: [SNIPER, SNIPER], rounds: 3, ...changes }).outcomes.map((row) => row[1]);
    expect(outcomes({})).toEqual([2, 1]);
    expect(outcomes({ order: 'first' })).toEqual([3, 0]);
  });

  test('results belong to the warriors of the job, however turns are shuffled', () => {
    const { outcomes, survival } = play({
      warriors: [SUICIDE, SITTER, SUICIDE],
      rounds: 20,
      placement: { kind: 'random', key: keyFromSeed(2) },
      order: 'shuffle',
    });
    expect(outcomes.map((row) => row[1])).toEqual([0, 20, 0]);
    expect(survival[1]).toBeGreaterThan(2.9);
  });

  test('no rounds give zeros', () => {
    const { outcomes, survival, instructions } = play({ rounds: 0 });
    expect([outcomes, survival, instructions]).toEqual([
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      [0, 0],
      0,
    ]);
  });

  test('a player that plays many jobs gives what single MARSes give', () => {
    const player = createBattlePlayer(createPlainMars);
    const small = makeSettings({ coreSize: 1000, maxCycles: 500 });
    const jobs = [
      job({ warriors: [DWARF, IMP], placement: { kind: 'random', key: keyFromSeed(1) } }),
      job({ settings: small, warriors: [SITTER, SUICIDE], placement: { kind: 'series', seed: 9 } }),
      job({ warriors: [DWARF, SITTER], placement: { kind: 'random', key: keyFromSeed(2) } }),
    ];
    const expected = jobs.map((one) => playBattle(createPlainMars(one.settings), one));
    expect([...jobs, ...jobs].map(player)).toEqual([...expected, ...expected]);
  });

  test('a MARS of other settings is refused', () => {
    expect(() => playBattle(createPlainMars(makeSettings()), job({}))).toThrow('other settings');
  });
});
