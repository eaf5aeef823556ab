import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IMP } from '../../test/support/warriors.ts';
import { keyFromSeed } from '../core/index.ts';
import type { BattleJob, Placement } from './battle.ts';
import { planRounds } from './placement.ts';
import { seriesSeedOf } from './series.ts';
import { type CoreSettings, makeSettings, namedSettings } from './settings.ts';

const STANDARD = makeSettings();

function plan(
  placement: Placement,
  rounds: number,
  count = 2,
  settings: CoreSettings = STANDARD,
  order: BattleJob['order'] = 'rotate',
) {
  const warriors = Array.from({ length: count }, () => IMP);
  return [...planRounds({ settings, warriors, rounds, placement, order })];
}

const series = (position: number) =>
  ({ kind: 'series', seed: seriesSeedOf(position, STANDARD) }) as const;

describe('series', () => {
  // Seen in pMARS 0.9.2 by warriors that bomb single cells and remember the round in P-space.
  test('two warriors stand where pMARS places them', () => {
    const second = (position: number) =>
      plan(series(position), 6).map(({ positions }) => positions[1]);
    expect(second(1000)).toEqual([1000, 261, 2343, 7311, 7407, 1157]);
    expect(second(7900)).toEqual([7900, 6696, 1688, 3109, 2715, 5726]);
  });

  test('more warriors stand where pMARS places them', () => {
    const places = (position: number, count: number, rounds: number) =>
      plan(series(position), rounds, count).map(({ positions }) => positions.slice(1));
    expect(places(1000, 3, 3)).toEqual([
      [261, 2343],
      [7311, 1157],
      [4225, 6488],
    ]);
    expect(places(2000, 3, 1)).toEqual([[3907, 2342]]);
    expect(places(1000, 4, 2)).toEqual([
      [261, 2343, 7311],
      [7407, 1157, 4225],
    ]);
    expect(places(1000, 10, 1)).toEqual([[261, 2343, 7311, 1157, 4225, 6488, 3136, 518, 1478]]);
  });

  test('positions nearer than the separation are refused, those at the end wrap', () => {
    expect(() => seriesSeedOf(99, STANDARD)).toThrow('smaller than the separation');
    expect(plan(series(7901), 1)[0]!.positions[1]).toBe(100);
  });

  test('where the seed is 0, warriors stand side by side', () => {
    const places = (count: number) => plan(series(100), 2, count).map((round) => round.positions);
    expect(places(2)).toEqual([
      [0, 100],
      [0, 100],
    ]);
    expect(places(3)).toEqual([
      [0, 100, 200],
      [0, 100, 200],
    ]);
  });

  test('warriors that hardly fit are placed in the end', () => {
    const settings = makeSettings({ coreSize: 420, maxLength: 100, minSeparation: 100 });
    const [first] = plan({ kind: 'series', seed: 7 }, 1, 4, settings);
    expect(isApart(first!.positions, settings)).toBe(true);
  });
});

function isApart(positions: readonly number[], { coreSize, minSeparation }: CoreSettings): boolean {
  const sorted = [...positions].sort((a, b) => a - b);
  return sorted.every((position, i) => {
    const next = i + 1 < sorted.length ? sorted[i + 1]! : sorted[0]! + coreSize;
    return next - position >= minSeparation;
  });
}

describe('random places', () => {
  test('are apart and reproducible, however many warriors and however full the core', () => {
    const sizes = fc.record({
      count: fc.integer({ min: 1, max: 36 }),
      separation: fc.integer({ min: 1, max: 50 }),
      spare: fc.integer({ min: 0, max: 200 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(sizes, ({ count, separation, spare, seed }) => {
        const settings = makeSettings({
          coreSize: count * separation + spare,
          maxLength: separation,
          minSeparation: separation,
        });
        const placement = { kind: 'random', key: keyFromSeed(seed) } as const;
        const rounds = plan(placement, 3, count, settings);
        for (const { positions } of rounds) {
          expect(positions).toHaveLength(count);
          expect(positions[0]).toBe(0);
          expect(isApart(positions, settings)).toBe(true);
        }
        expect(plan(placement, 3, count, settings)).toEqual(rounds);
      }),
    );
  });

  test('each place is as likely as any other', () => {
    const settings = namedSettings('nano');
    const rounds = plan({ kind: 'random', key: keyFromSeed(1) }, 7100, 2, settings);
    const counts = new Array<number>(80).fill(0);
    for (const { positions } of rounds) counts[positions[1]!]!++;
    // 71 places, 100 each: chi squared has 70 degrees of freedom, and is below 112 in 99.9 % of draws.
    const places = counts.slice(5, 76);
    expect(places.reduce((a, b) => a + b)).toBe(7100);
    expect(places.reduce((sum, n) => sum + (n - 100) ** 2 / 100, 0)).toBeLessThan(112);
  });
});

test('permutations play every place with either starter before any again', () => {
  const settings = makeSettings({ coreSize: 60, maxLength: 20, minSeparation: 20 });
  const rounds = plan({ kind: 'permuted', key: keyFromSeed(3) }, 84, 2, settings);
  const names = rounds.map(({ positions, first }) => `${positions[1]} ${first}`);
  expect(new Set(names.slice(0, 42)).size).toBe(42);
  expect([...names.slice(42)].sort()).toEqual([...names.slice(0, 42)].sort());
  expect(names.slice(42)).not.toEqual(names.slice(0, 42));
});

describe('order', () => {
  const placement = { kind: 'random', key: keyFromSeed(5) } as const;

  test('the first move goes round, or stays', () => {
    expect(plan(placement, 5, 3).map(({ first }) => first)).toEqual([0, 1, 2, 0, 1]);
    const still = plan(placement, 5, 3, STANDARD, 'first');
    expect(still.map(({ first }) => first)).toEqual([0, 0, 0, 0, 0]);
  });

  test('shuffled turns are permutations, drawn anew', () => {
    const turns = plan(placement, 40, 4, STANDARD, 'shuffle').map((round) => round.turns!);
    for (const turn of turns) expect([...turn].sort()).toEqual([0, 1, 2, 3]);
    expect(new Set(turns.map(String)).size).toBeGreaterThan(15);
    expect(() => plan({ kind: 'series', seed: 1 }, 1, 2, STANDARD, 'shuffle')).toThrow('key');
  });
});

test('warriors that cannot fit are named with the sizes', () => {
  const settings = makeSettings({ coreSize: 250, maxLength: 100 });
  expect(() => plan({ kind: 'random', key: keyFromSeed(0) }, 1, 3, settings)).toThrow(
    '3 warriors, 100 apart, do not fit a core of 250',
  );
  expect(() => plan({ kind: 'fixed', positions: [0] }, 1, 2)).toThrow('2 positions');
});
