import { describe, expect, test } from 'vitest';
import { keyFromSeed, wilsonInterval } from '../../core/index.ts';
import { drawSequence } from '../world.ts';
import { measureNcaRatio } from './gzip-size.ts';
import { inspectNca } from './inspect.ts';
import { type NcaOptions, resolveNcaOptions } from './options.ts';
import { createRandomRules } from './random-rules.ts';
import {
  countDistinctTokens,
  countTokens,
  shareNeighborhoodsSeen,
  shareRepeated,
  unigramEntropy,
  zipfSlope,
} from './statistics.ts';
import { encodePatches } from './tokenizer.ts';
import { createNcaWorld } from './world.ts';

const SMALL = { colors: 4, grid: 8, sequenceLength: 36 } satisfies Partial<NcaOptions>;

test('rule i is the first that sequence i tries', () => {
  const open = createNcaWorld({ ...SMALL, sequenceLength: 180, band: { kind: 'none' } });
  for (const index of [0, 7]) {
    const { states } = drawSequence(open, keyFromSeed(3), index);
    expect(createRandomRules(open.options, keyFromSeed(3), 10).simulate(index, 10)).toEqual(states);
    const ratio = measureNcaRatio(open.options, states);
    expect(createRandomRules(open.options, keyFromSeed(3), 10).measureRatio(index)).toBe(ratio);
  }
});

describe('an inspection', () => {
  const band = { kind: 'absolute', low: 0.2, high: 0.38 } as const;
  const found = inspectNca({ ...SMALL, band }, { rules: 150, seed: 5 });
  const { options } = found;
  const random = createRandomRules(options, keyFromSeed(5), 10);
  const ratios = Array.from({ length: 150 }, (_, i) => random.measureRatio(i));

  test('has six bands with the shares of the rules in them', () => {
    expect(found.bands.map(({ lo, hi }) => [lo, hi])).toEqual([
      ...[0, 0.1, 0.2, 0.3, 0.4].map((lo) => [lo, Math.round(10 * lo + 1) / 10]),
      [0.5, 1],
    ]);
    for (const { lo, hi, rules, share, shareInterval } of found.bands) {
      const within = ratios.filter((ratio) => ratio >= lo && ratio < hi).length;
      expect(rules).toBe(within);
      expect(share).toBe(within / 150);
      expect(shareInterval).toEqual(wilsonInterval(within, 150));
    }
    expect(found.bands.filter(({ rules }) => rules > 0).length).toBeGreaterThan(3);
    expect([found.min, found.max]).toEqual([Math.min(...ratios), Math.max(...ratios)]);
    expect(ratios.filter((ratio) => ratio < found.median).length).toBeLessThanOrEqual(75);
    expect(ratios.filter((ratio) => ratio > found.median).length).toBeLessThanOrEqual(75);
  });

  test('finds no sequence outside the band where each is judged itself', () => {
    expect(found.outsideBand).toMatchObject({ sequences: 0, share: 0 });
  });

  test('checks the band again in what is trained on, where rules are judged', () => {
    const byRule = inspectNca({ ...SMALL, band, filter: 'rule' }, { rules: 150, seed: 5 });
    const inBand = (ratio: number) => ratio > 0.2 && ratio < 0.38;
    const again = ratios.flatMap((ratio, i) =>
      inBand(ratio) ? [measureNcaRatio(options, random.simulateAgain(i, 10))] : [],
    );
    const outside = again.filter((ratio) => !inBand(ratio)).length;
    expect(outside).toBeGreaterThan(0);
    expect(byRule.outsideBand).toEqual({
      sequences: outside,
      share: outside / again.length,
      shareInterval: wilsonInterval(outside, again.length),
    });
    expect(byRule.bands).toEqual(found.bands);
    expect(byRule.kept.rules).toBe(found.kept.rules);
    expect(byRule.kept.repeated).not.toBe(found.kept.repeated);
  });

  test('keeps what the filter keeps', () => {
    const kept = ratios.filter((ratio) => ratio > 0.2 && ratio < 0.38).length;
    expect(found.kept).toMatchObject({ lo: 0.2, hi: 0.38, rules: kept, share: kept / 150 });
    expect(found.keepRate).toBe(kept / 150);
    expect(kept).toBeGreaterThan(20);
  });

  test('measures the frames of a sequence, though the filter reads ten', () => {
    expect(found.tokensPerRule).toBe(2 * 16);
    const members = ratios.flatMap((ratio, i) => (ratio >= 0.3 && ratio < 0.4 ? [i] : []));
    const states = members.map((i) => random.simulate(i, 2));
    const tokens = states.flatMap((frames) => [...encodePatches(options, frames, 0, 2)]);
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    const third = found.bands[3]!;
    expect(third.repeated).toBeCloseTo(mean(states.map((s) => shareRepeated(options, s))), 12);
    const distinct = mean(states.map((s) => countDistinctTokens(options, s)));
    expect(third.distinctTokens).toBeCloseTo(distinct, 12);
    expect(third.neighbourhoodsSeen).toBeCloseTo(mean(states.map(shareNeighborhoodsSeen)), 12);
    expect(third.zipfSlope).toBeCloseTo(zipfSlope(tokens), 12);
    expect(third.unigramEntropy).toBeCloseTo(unigramEntropy(countTokens(tokens)), 12);
  });

  test('is the same again, and other with another seed', () => {
    expect(inspectNca({ ...SMALL, band }, { rules: 150, seed: 5 })).toEqual(found);
    expect(inspectNca({ ...SMALL, band }, { rules: 150, seed: 6 })).not.toEqual(found);
  });
});

test('a band that no rule reaches keeps none, and holds nothing to measure', () => {
  const seen: number[] = [];
  const found = inspectNca(
    { ...SMALL, colors: 2, band: { kind: 'absolute', low: 0.5, high: 1 } },
    { rules: 20, onProgress: (done, total) => seen.push(done / total) },
  );
  expect(found.keepRate).toBe(0);
  expect(found.kept).toMatchObject({ rules: 0, repeated: null, zipfSlope: null });
  expect(found.bands[5]).toMatchObject({ lo: 0.5, hi: 1, share: 0, unigramEntropy: null });
  expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => (i + 1) / 20));
});

test('without a band all are kept; percentiles become ratios', () => {
  const open = inspectNca({ ...SMALL, band: { kind: 'none' } }, { rules: 10 });
  expect(open.kept).toMatchObject({ lo: null, hi: null, rules: 10, share: 1 });
  const upper = inspectNca({ ...SMALL, band: { kind: 'percentile', low: 50, high: 100 } });
  expect(upper.kept.lo).toBeGreaterThan(0.1);
  expect(upper.kept.hi).toBeNull();
  expect(Math.abs(upper.keepRate - 0.5)).toBeLessThan(0.12);
});

test('ratios above 1, of very small grids, lie in the last band', () => {
  const found = inspectNca({ colors: 10, grid: 1, patch: 1, sequenceLength: 5 }, { rules: 40 });
  expect(found.max).toBeGreaterThan(0.5);
  expect(found.bands[5]!.hi).toBe(Math.max(1, found.max));
  expect(found.bands.reduce((sum, { rules }) => sum + rules, 0)).toBe(40);
});

test.each([0, 1.5, Number.NaN])('%d rules are refused', (rules) => {
  expect(() => inspectNca(resolveNcaOptions(), { rules })).toThrow(/rules cannot be inspected/);
});
