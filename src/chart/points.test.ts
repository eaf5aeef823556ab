import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spreadLabels, stackLabels } from './label-layout.ts';
import { cutToRange, extentOf, padExtent, splitAtGaps, thinPoints } from './points.ts';

describe('thinPoints', () => {
  it('keeps ends, extremes and order within the limit', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 1,
      maxLength: 400,
    });
    fc.assert(
      fc.property(values, fc.integer({ min: 4, max: 60 }), (list, limit) => {
        const points = list.map((y, x): [number, number] => [x, y]);
        const thin = thinPoints(points, limit);
        expect(thin.length).toBeLessThanOrEqual(Math.max(limit, 4));
        expect(thin[0]).toEqual(points[0]);
        expect(thin.at(-1)).toEqual(points.at(-1));
        expect(extentOf(thin.map(([, y]) => y))).toEqual(extentOf(list));
        for (let i = 1; i < thin.length; i++) {
          expect(thin[i]![0]).toBeGreaterThan(thin[i - 1]![0]);
        }
      }),
    );
  });
});

describe('splitAtGaps', () => {
  it('opens a new piece after each gap', () => {
    expect(
      splitAtGaps([
        [0, 1],
        [1, null],
        [2, 2],
        [3, Number.NaN],
        [Number.NaN, 1],
        [4, 3],
        [5, 4],
      ]),
    ).toEqual([
      [[0, 1]],
      [[2, 2]],
      [
        [4, 3],
        [5, 4],
      ],
    ]);
    expect(
      splitAtGaps(
        [
          [0, 1],
          [1, 0],
          [2, 1],
        ],
        true,
        true,
      ),
    ).toEqual([[[2, 1]]]);
  });
});

describe('padExtent', () => {
  it('never has width zero', () => {
    expect(padExtent([1, 3], 0.5)).toEqual([0, 4]);
    expect(padExtent([2, 2], 0.5)).toEqual([1.9, 2.1]);
    expect(padExtent([0, 0], 0.5)).toEqual([-1, 1]);
    expect(padExtent([1, 100], 0.5, true)).toEqual([0.1, 1000]);
    expect(padExtent([4, 4], 0.5, true)).toEqual([2, 8]);
  });
});

describe('stackLabels', () => {
  it('pushes labels up, none below the line that it belongs to', () => {
    expect(stackLabels([50, 52, 90], 14, 0, 100)).toEqual([38, 52, 90]);
  });

  it('spreads them where there is no room above', () => {
    const placed = stackLabels([3, 5, 6], 14, 0, 100);
    expect([...placed].sort((a, b) => a - b)).toEqual(placed);
    expect(placed[0]).toBeGreaterThanOrEqual(0);
    expect(placed[1]! - placed[0]!).toBeCloseTo(14);
  });
});

describe('spreadLabels', () => {
  it('leaves labels alone that do not collide', () => {
    expect(spreadLabels([50, 10, 90], 16, 0, 100)).toEqual([50, 10, 90]);
  });

  it('moves a colliding pair apart by equal amounts', () => {
    expect(spreadLabels([50, 52], 16, 0, 100)).toEqual([43, 59]);
  });

  it('stays inside', () => {
    expect(spreadLabels([0, 0], 16, 0, 100)).toEqual([0, 16]);
    expect(spreadLabels([100, 100], 16, 0, 100)).toEqual([84, 100]);
  });

  it('keeps distance, order and bounds for any labels that have room', () => {
    const wanted = fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 18 });
    fc.assert(
      fc.property(wanted, (list) => {
        const placed = spreadLabels(list, 16, 0, 300);
        const ranked = list.map((y, i) => [y, placed[i]!] as const).sort((a, b) => a[1] - b[1]);
        for (let i = 0; i < ranked.length; i++) {
          expect(ranked[i]![1]).toBeGreaterThanOrEqual(-1e-9);
          expect(ranked[i]![1]).toBeLessThanOrEqual(300 + 1e-9);
          if (i === 0) continue;
          expect(ranked[i]![1] - ranked[i - 1]![1]).toBeGreaterThanOrEqual(16 - 1e-9);
          expect(ranked[i]![0]).toBeGreaterThanOrEqual(ranked[i - 1]![0]);
        }
      }),
    );
  });
});

describe('cutToRange', () => {
  it('cuts lines where they cross the ends, and keeps what lies inside', () => {
    const zigzag = [
      [0, 4],
      [2, 0],
      [4, 1],
      [6, -3],
      [8, 5],
    ] as const;
    expect(cutToRange(zigzag, [-1, 2])).toEqual([
      [
        [1, 2],
        [2, 0],
        [4, 1],
        [5, -1],
      ],
      [
        [6.5, -1],
        [7.25, 2],
      ],
    ]);
  });

  it('gives nothing of a curve outside', () => {
    expect(
      cutToRange(
        [
          [0, 5],
          [1, 6],
        ],
        [0, 1],
      ),
    ).toEqual([]);
  });
});
