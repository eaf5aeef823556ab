import { describe, expect, test } from 'vitest';
import { chooseCandidateCount, countBattles, planHalving } from './successive-halving.ts';

describe('planHalving', () => {
  // 3 rungs of 160 rounds each: 8 × 5 × 4, 4 × 5 × 8, 2 × 5 × 16.
  test('each rung costs the same: half the candidates, twice the rounds', () => {
    const rungs = planHalving({ candidates: 8, opponents: 5, budget: 480, keep: 2 });
    expect(rungs).toEqual([
      { candidates: 8, opponents: 5, rounds: 4 },
      { candidates: 4, opponents: 5, rounds: 8 },
      { candidates: 2, opponents: 5, rounds: 16 },
    ]);
    expect(countBattles(rungs, 16)).toBe(70);
    // The last rung's battles of 16 rounds become two each.
    expect(countBattles(rungs, 10)).toBe(80);
  });

  // 4 rungs of 100 rounds. Rung 1: 10 rounds per candidate, 2 against 5 of 7 opponents. Rung 2: 20, 2 against all 7, and
  // 30 are left over. Rung 3: (300 - 170) / 3 = 43, 6 against 7. Rung 4: (400 - 296) / 2 = 52, 6 against 7.
  test('odd numbers, few opponents at first, and what is left over goes on', () => {
    expect(planHalving({ candidates: 10, opponents: 7, budget: 400, keep: 2 })).toEqual([
      { candidates: 10, opponents: 5, rounds: 2 },
      { candidates: 5, opponents: 7, rounds: 2 },
      { candidates: 3, opponents: 7, rounds: 6 },
      { candidates: 2, opponents: 7, rounds: 6 },
    ]);
  });

  test.each([
    [1, 1, 2, 5],
    [3, 20, 1000, 5],
    [232, 20, 65_000, 5],
    [4096, 316, 10_000_000, 5],
  ])(
    '%i candidates, %i opponents, %i rounds: never above the budget',
    (candidates, opponents, budget, keep) => {
      const rungs = planHalving({ candidates, opponents, budget, keep });
      const cost = rungs.reduce(
        (sum, rung) => sum + rung.candidates * rung.opponents * rung.rounds,
        0,
      );
      expect(cost).toBeLessThanOrEqual(budget);
      expect(rungs.at(-1)!.candidates).toBe(Math.min(candidates, keep));
      expect(rungs.every(({ rounds }) => rounds >= 2 && rounds % 2 === 0)).toBe(true);
    },
  );

  test('a budget that is too small says what suffices', () => {
    const size = { candidates: 100, opponents: 20, keep: 5 };
    expect(() => planHalving({ ...size, budget: 1199 })).toThrow(
      'too few rounds for 100 candidates: 1,199',
    );
    expect(planHalving({ ...size, budget: 1200 })[0]).toEqual({
      candidates: 100,
      opponents: 1,
      rounds: 2,
    });
  });
});

test('the budget decides how many candidates have 20 rounds in the first rung', () => {
  // 8 rungs for 321 to 640 candidates: 65,000 / 8 / 20 = 406.25.
  expect(chooseCandidateCount(65_000, 5, 4096)).toBe(406);
  expect(chooseCandidateCount(65_000, 5, 100)).toBe(100);
  expect(chooseCandidateCount(1, 5, 4096)).toBe(2);
});
