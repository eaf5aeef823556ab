import { describe, expect, it } from 'vitest';
import {
  type ArmResults,
  type Comparison,
  compareArms,
  type Difference,
  estimateArm,
  isShown,
} from './statistics.ts';

const arm = (name: string, values: readonly (number | 'diverged')[], first = 0): ArmResults => ({
  name,
  results: values.map((value, i) => ({ seed: first + i, value })),
});

const nca = arm('nca', [3.1, 3.05, 3.22, 3.18, 3.01]);
const scratch = arm('scratch', [3.21, 3.19, 3.31, 3.33, 3.1]);
const shuffled = arm('shuffled', [3.12, 3.01, 3.25, 3.17, 3.05]);

function asDifference(comparison: Comparison | undefined): Difference {
  if (!comparison || 'refused' in comparison) throw new Error('was not compared');
  return comparison;
}

const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 10));

describe('compareArms', () => {
  // Computed with SciPy 1.17: p is scipy.stats.ttest_rel; intervals are mean ± t · s / √n with
  // t = scipy.stats.t.isf(0.025, 4), and for the family scipy.stats.t.isf(0.025 / 3, 4); Holm's p is max over the sorted
  // (m − rank) · p.
  it('gives differences by seed, with intervals and p values alone and in their family', () => {
    const found = compareArms([
      [nca, scratch],
      [nca, shuffled],
      [shuffled, scratch],
    ]).map(asDifference);
    expect(found.map(({ mean }) => mean)).toEqual(near([-0.116, -0.008, -0.108]));
    expect(found.map(({ p }) => p)).toEqual(
      near([0.0007476981656305961, 0.6135457051576034, 0.01485760917122177]),
    );
    expect(found.map(({ adjustedP }) => adjustedP)).toEqual(
      near([0.0022430944968917883, 0.6135457051576034, 0.02971521834244354]),
    );
    expect(found.map(({ interval }) => interval)).toEqual([
      near([-0.1506777882492465, -0.08132221175075355]),
      near([-0.048615890342892015, 0.03261589034289218]),
      near([-0.18114233596892232, -0.03485766403107787]),
    ]);
    expect(found.map(({ familyInterval }) => familyInterval)).toEqual([
      near([-0.16547020731396636, -0.06652979268603368]),
      near([-0.06594131105082382, 0.04994131105082398]),
      near([-0.2123424827962893, -0.0036575172037108944]),
    ]);
    expect(found.map(isShown)).toEqual([true, false, true]);
    expect(found[0]).toMatchObject({ arm: 'nca', against: 'scratch', seeds: [0, 1, 2, 3, 4] });
    expect(found[0]!.values[3]).toBeCloseTo(-0.15, 12);
  });

  it('of one comparison, the family is that one', () => {
    const [only] = compareArms([[nca, scratch]]).map(asDifference);
    expect(only!.familyInterval).toEqual(only!.interval);
    expect(only!.adjustedP).toBe(only!.p);
  });

  it('can show by Holm what an interval of the family does not, since Holm rejects more', () => {
    // Of two comparisons, the larger p value is not doubled: 0.04 stands, while the interval has 97.5 %.
    const clear = arm('clear', [1, 1.01, 0.99, 1]);
    const weak = arm('weak', [0.1, 0.3, 0.11, 0.28]);
    const none = arm('none', [0, 0, 0, 0]);
    const [, second] = compareArms([
      [clear, none],
      [weak, none],
    ]).map(asDifference);
    expect(second!.adjustedP).toBe(second!.p);
    expect(isShown(second!)).toBe(true);
    expect(second!.interval[0]).toBeGreaterThan(0);
    expect(second!.familyInterval[0]).toBeLessThan(0);
  });

  it('pairs by seed, whatever the order, and leaves out what only one of them has', () => {
    const other: ArmResults = {
      name: 'other',
      results: [
        { seed: 7, value: 1 },
        { seed: 3, value: 3.5 },
        { seed: 1, value: 3 },
      ],
    };
    const [found] = compareArms([[nca, other]]).map(asDifference);
    expect(found!.seeds).toEqual([1, 3]);
    expect(found!.values).toEqual(near([0.05, -0.32]));
  });

  it('leaves runs that diverged out of means, and counts them', () => {
    const shaky = arm('shaky', [3.1, 'diverged', 3.2, Number.NaN, 3.3]);
    const [found] = compareArms([[shaky, scratch]]).map(asDifference);
    expect(found!.seeds).toEqual([0, 2, 4]);
    expect(estimateArm(shaky)).toEqual({
      name: 'shaky',
      seeds: [0, 2, 4],
      diverged: [1, 3],
      mean: expect.closeTo(3.2, 12),
      spread: expect.closeTo(0.1, 12),
    });
    expect(estimateArm(arm('lost', ['diverged']))).toMatchObject({ mean: null, spread: null });
  });

  it('refuses fewer than two pairs, in words, and counts them in no family', () => {
    const alone = arm('alone', [3]);
    const found = compareArms([
      [nca, scratch],
      [alone, scratch],
      [arm('later', [3, 3], 90), scratch],
      [scratch, arm('broken', ['diverged', Number.POSITIVE_INFINITY])],
      [arm('unrun', []), scratch],
    ]);
    expect(found.slice(1).map((comparison) => Object(comparison).refused)).toEqual([
      'alone and scratch have 1 seed with a value of both, and at least two are needed to compare them',
      'later and scratch have 0 seeds with a value of both, and at least two are needed to compare them',
      'broken diverged in every run, so that scratch and broken cannot be compared',
      'unrun and scratch have 0 seeds with a value of both, and at least two are needed to compare them',
    ]);
    expect(found[0]).toMatchObject({ comparisons: 1 });
    expect(found.map(isShown)).toEqual([true, false, false, false, false]);
  });

  it('takes no seed twice', () => {
    const twice: ArmResults = {
      name: 'twice',
      results: [
        { seed: 1, value: 1 },
        { seed: 1, value: 'diverged' },
      ],
    };
    expect(() => compareArms([[twice, nca]])).toThrow('twice has a seed with two results');
  });
});
