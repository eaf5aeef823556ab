import { describe, expect, it } from 'vitest';
import { type CurvePoint, measureSpeedUp } from './measure-speed-up.ts';

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

  it('says where it never gets there, or begins there, and is null with nothing to compare', () => {
    expect(
      measureSpeedUp(
        [
          [0, 5],
          [200, 2.1],
        ],
        scratch,
      ),
    ).toBe('never');
    expect(measureSpeedUp([[0, 1]], scratch)).toBe('at once');
    expect(measureSpeedUp([[0, 1]], scratch, 100)).toBe(2);
    expect(measureSpeedUp([], scratch)).toBeNull();
    expect(measureSpeedUp(scratch, [])).toBeNull();
  });
});
