import { describe, expect, test } from 'vitest';
import { mean } from '../core/index.ts';
import { compareRuns, measurePhenotypeVariance } from './compare-runs.ts';
import { countCycles, type Outcome } from './generality.ts';
import type { GeneralityRecord } from './generality-file.ts';

const W = 'defeated' as const;
const L = 'lost' as const;
const T = 'tied' as const;

describe('countCycles', () => {
  test('counts each cycle of three once, and no transitive triple', () => {
    const circle: (Outcome | null)[][] = [
      [null, W, L],
      [L, null, W],
      [W, L, null],
    ];
    expect(countCycles(circle)).toBe(1);
    expect(
      countCycles(circle.map((row) => row.map((own) => (own === W ? L : own === L ? W : own)))),
    ).toBe(1);
    expect(
      countCycles([
        [null, W, W],
        [L, null, W],
        [L, L, null],
      ]),
    ).toBe(0);
    expect(
      countCycles([
        [null, W, T],
        [L, null, W],
        [T, L, null],
      ]),
    ).toBe(0);
    expect(countCycles([])).toBe(0);
  });

  test('a regular tournament of five has five cycles', () => {
    // Each defeats the two after it: the most cycles that five can have.
    const matrix = Array.from({ length: 5 }, (_, i) =>
      Array.from({ length: 5 }, (_, j): Outcome | null => {
        const ahead = (j - i + 5) % 5;
        return ahead === 0 ? null : ahead <= 2 ? W : L;
      }),
    );
    expect(countCycles(matrix)).toBe(5);
  });
});

function record(generalities: readonly number[], scores: readonly number[][]): GeneralityRecord {
  return {
    opponents: ['a', 'b'],
    rounds: 4,
    seed: 0,
    tournament: [],
    cycles: 2,
    champions: generalities.map((generality, i) => ({
      round: i + 1,
      name: 'w',
      generality,
      defeated: generality,
      tied: 0,
      outcomes: [W, L],
      scores: scores[i] ?? [1, 1],
    })),
  };
}

describe('compareRuns', () => {
  test('means, gains, logarithmic fit and variance of a group', () => {
    const values = [1, 2, 3, 4].map((round) => 0.1 + 0.2 * Math.log(round));
    const runs = [-0.01, 0, 0.01].map((shift) => ({
      group: 'k1',
      record: record(
        values.map((value) => value + shift),
        [
          [1 + 100 * shift, 1],
          [1, 1],
          [1, 1],
          [1, 1],
        ],
      ),
    }));
    const { groups, comparable } = compareRuns(runs);
    const [group] = groups;
    expect(comparable).toBe(true);
    expect(group!.runs).toBe(3);
    group!.generality.forEach((point, i) => {
      expect(point.mean).toBeCloseTo(values[i]!, 12);
      expect(mean(point.interval!)).toBeCloseTo(values[i]!, 12);
    });
    expect(group!.fit!.slope).toBeCloseTo(0.2, 12);
    expect(group!.fit!.intercept).toBeCloseTo(0.1, 12);
    expect(group!.fit!.r2).toBeCloseTo(1, 12);
    expect(group!.gain.mean).toBeCloseTo(0.2 * Math.log(4), 12);
    // Variance of 0, 1, 2 is 1, of a constant 0: their mean is one half.
    expect(group!.phenotypeVariance[0]).toBeCloseTo(0.5, 12);
    expect(group!.phenotypeVariance[1]).toBe(0);
    expect(group!.cycles).toBe(2);
    expect(group!.cycleShare).toBe(2 / 4);
  });

  test('says when runs were not measured alike, and gives one run no interval', () => {
    const other = { ...record([0.1, 0.2], []), seed: 1 };
    const { groups, comparable } = compareRuns([
      { group: 'a', record: record([0.1, 0.2], []) },
      { group: 'b', record: other },
    ]);
    expect(comparable).toBe(false);
    expect(groups.map(({ group }) => group)).toEqual(['a', 'b']);
    expect(groups[0]!.generality[0]!.interval).toBeNull();
    expect(groups[0]!.fit).toBeNull();
    expect(groups[0]!.phenotypeVariance).toEqual([null, null]);
  });
});

test('measurePhenotypeVariance needs two runs', () => {
  expect(measurePhenotypeVariance([[1, 2]])).toBeNull();
  expect(measurePhenotypeVariance([[0], [2]])).toBe(2);
});
