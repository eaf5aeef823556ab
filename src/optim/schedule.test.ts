import { describe, expect, test } from 'vitest';
import { type Schedule, scheduleFactor } from './schedule.ts';

const factors = (schedule: Schedule, steps: number) =>
  Array.from({ length: steps }, (_, step) => scheduleFactor(schedule, step, steps));

const near = (values: number[]) => values.map((v) => expect.closeTo(v, 12));

describe('corners', () => {
  test('constant with warm-up', () => {
    expect(factors({ kind: 'constant', warmup: 0.4 }, 10)).toEqual(
      near([0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1, 1]),
    );
    expect(factors({ kind: 'constant', warmup: 0 }, 3)).toEqual([1, 1, 1]);
  });

  test('cosine: 1 at the end of the warm-up, the middle half-way, `final` at the last step', () => {
    const found = factors({ kind: 'cosine', warmup: 0.2, final: 0.1 }, 10);
    expect(found.slice(0, 2)).toEqual(near([0.5, 1]));
    expect(found[5]).toBeCloseTo(0.55, 12);
    expect(found[9]).toBeCloseTo(0.1, 12);
    for (let i = 2; i < 10; i++) expect(found[i]!).toBeLessThan(found[i - 1]!);
    // (1 + cos(π/8)) / 2 of the way from 0.1 to 1, one step after the peak.
    expect(found[2]).toBeCloseTo(0.1 + (0.9 * (1 + Math.cos(Math.PI / 8))) / 2, 12);
  });

  test('cosine without warm-up', () => {
    const found = factors({ kind: 'cosine', warmup: 0, final: 0 }, 4);
    expect(found).toEqual(near([1, 2, 3, 4].map((i) => (1 + Math.cos((Math.PI * i) / 4)) / 2)));
  });

  test('warmup-stable-decay: three straight pieces', () => {
    const schedule = { kind: 'warmup-stable-decay', warmup: 0.2, decay: 0.4, final: 0.2 } as const;
    expect(factors(schedule, 10)).toEqual(near([0.5, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2]));
    expect(factors({ ...schedule, decay: 0 }, 5)).toEqual([1, 1, 1, 1, 1]);
  });

  test('a single step', () => {
    expect(factors({ kind: 'constant', warmup: 1 }, 1)).toEqual([1]);
    expect(factors({ kind: 'cosine', warmup: 0, final: 0.3 }, 1)).toEqual(near([0.3]));
  });

  test('warm-up only', () => {
    expect(factors({ kind: 'cosine', warmup: 1, final: 0 }, 4)).toEqual([0.25, 0.5, 0.75, 1]);
  });
});
