import { describe, expect, it } from 'vitest';
import {
  type ComparedArm,
  type CurvePoint,
  compareArms,
  gapCurves,
  measureSpeedUp,
} from './compare-arms.ts';

function arm(
  name: string,
  seed: number,
  textLoss: number | null,
  curve: CurvePoint[] = [],
): ComparedArm {
  return { name, seed, textLoss, curve };
}

describe('compareArms', () => {
  it('pairs by seed, with a t interval', () => {
    const [scratch, nca] = compareArms([
      arm('scratch', 1, 2.0),
      arm('scratch', 2, 2.2),
      arm('scratch', 3, 2.1),
      arm('nca', 1, 1.97),
      arm('nca', 2, 2.18),
      arm('nca', 3, 2.06),
      arm('nca', 4, 9),
    ]);
    expect(scratch!.loss).toBeCloseTo(2.1, 12);
    expect(scratch!.spread).toBeCloseTo(0.1, 12);
    expect(scratch!.difference).toBeNull();
    // Differences −0.03, −0.02, −0.04: mean −0.03, standard error 0.01 / √3, t(2) = 4.3027.
    expect(nca!.seeds).toEqual([1, 2, 3, 4]);
    expect(nca!.difference!.pairs).toBe(3);
    expect(nca!.difference!.nats).toBeCloseTo(-0.03, 12);
    expect(nca!.difference!.fraction).toBeCloseTo(-0.03 / 2.1, 12);
    expect(nca!.difference!.interval![0]).toBeCloseTo(-0.05484, 5);
    expect(nca!.difference!.interval![1]).toBeCloseTo(-0.00516, 5);
  });

  it('has no interval for one pair, and no difference without a shared seed', () => {
    const [, nca, dyck] = compareArms([
      arm('scratch', 1, 2),
      arm('nca', 1, 1.9),
      arm('dyck', 2, 1.9),
    ]);
    expect(nca!.difference).toEqual({
      nats: expect.closeTo(-0.1, 12),
      fraction: expect.closeTo(-0.05, 12),
      interval: null,
      pairs: 1,
    });
    expect(dyck!.difference).toBeNull();
  });

  it('passes over losses that are missing or not finite', () => {
    const [scratch, nca] = compareArms([
      arm('scratch', 1, null),
      arm('nca', 1, Number.NaN),
      arm('nca', 2, 3),
    ]);
    expect(scratch).toMatchObject({ loss: null, spread: null, bitsPerByte: null });
    expect(nca).toMatchObject({ loss: 3, spread: null, difference: null, speedUp: null });
    expect(compareArms([])).toEqual([]);
  });

  it('reproduces the interval of seven measured pairs', () => {
    const gaps = [-0.015, -0.054, -0.007, -0.074, -0.029, -0.009, -0.002];
    const arms = gaps.flatMap((gap, seed) => [arm('scratch', seed, 2), arm('nca', seed, 2 + gap)]);
    const { nats, interval } = compareArms(arms)[1]!.difference!;
    expect(nats).toBeCloseTo(-0.027, 3);
    expect(interval![0]).toBeCloseTo(-0.052, 3);
    expect(interval![1]).toBeCloseTo(-0.002, 3);
  });
});

describe('measureSpeedUp', () => {
  const scratch: CurvePoint[] = [
    [0, 5],
    [100, 3],
    [200, 2],
  ];

  it('interpolates where the final loss of the baseline is first reached', () => {
    const curve: CurvePoint[] = [
      [0, 5],
      [100, 2.5],
      [200, 1.5],
    ];
    expect(measureSpeedUp(curve, scratch)).toBeCloseTo(200 / 150, 12);
    expect(measureSpeedUp(scratch, scratch)).toBe(1);
  });

  it('is null when it never gets there, or there is nothing to compare', () => {
    expect(
      measureSpeedUp(
        [
          [0, 5],
          [200, 2.1],
        ],
        scratch,
      ),
    ).toBeNull();
    expect(measureSpeedUp([], scratch)).toBeNull();
    expect(measureSpeedUp(scratch, [])).toBeNull();
    expect(measureSpeedUp([[0, 1]], scratch)).toBeNull();
  });
});

describe('gapCurves', () => {
  it('subtracts at the tokens that both have', () => {
    const gaps = gapCurves([
      arm('scratch', 1, 2, [
        [0, 5],
        [100, 3],
        [200, 2],
      ]),
      arm('nca', 1, 2, [
        [0, 5],
        [100, null],
        [150, 2],
        [200, 1.5],
      ]),
      arm('nca', 2, 2, [[0, 5]]),
    ]);
    expect(gaps).toEqual([
      {
        name: 'nca',
        seed: 1,
        points: [
          [0, 0],
          [200, -0.5],
        ],
      },
    ]);
  });
});
