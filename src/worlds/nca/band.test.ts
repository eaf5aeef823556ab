import { expect, test } from 'vitest';
import { foldIn, keyFromSeed, quantile, UserError } from '../../core/index.ts';
import { drawTokens } from '../world.ts';
import { isWithin, probeCount, probeRatio, resolveBand, settleBand } from './band.ts';
import { measureNcaRatio } from './gzip-size.ts';
import { type NcaBand, type NcaOptions, resolveNcaOptions } from './options.ts';
import { rolloutNca } from './rollout.ts';
import { sampleNcaRule } from './rule.ts';
import { createNcaWorld } from './world.ts';

const SMALL = { colors: 4, grid: 8, sequenceLength: 256 } satisfies Partial<NcaOptions>;

function errorOf(given: Partial<NcaOptions>): UserError {
  try {
    createNcaWorld(given);
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error('no UserError');
}

test('an absolute band keeps its bounds, both ends excluded', () => {
  const bounds = resolveBand(resolveNcaOptions());
  expect(bounds).toEqual({ low: 0.5, high: 1 });
  expect([0.5, 0.51, 0.99, 1].map((ratio) => isWithin(bounds!, ratio))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(resolveBand(resolveNcaOptions({ band: { kind: 'none' } }))).toBeNull();
});

test('a band that two colors never reach is refused with the range they do reach', () => {
  const error = errorOf({ colors: 2, band: { kind: 'absolute', low: 0.5, high: 1 } });
  const [, low, high] = /reach (0\.\d+) to (0\.\d+)/.exec(error.message)!;
  expect(Number(low)).toBeCloseTo(32 / 1440, 3);
  expect(Number(high)).toBeGreaterThan(0.2);
  expect(Number(high)).toBeLessThan(0.28);
  expect(error.hint).toMatch(/percentile/);
});

test('percentiles keep their share of new rules, for few colors as for many', () => {
  for (const colors of [2, 10]) {
    const band: NcaBand = { kind: 'percentile', low: 60, high: 90 };
    const options = resolveNcaOptions({ ...SMALL, colors, band });
    const bounds = createNcaWorld(options).bounds!;
    const count = 150;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const key = foldIn(keyFromSeed(77), i);
      const states = rolloutNca(
        options,
        sampleNcaRule(options, foldIn(key, 0)),
        foldIn(key, 1),
        10,
      );
      if (isWithin(bounds, measureNcaRatio(options, states))) kept++;
    }
    // Sampling error of 150 rules and of the probe's two percentiles.
    const error = Math.sqrt((0.3 * 0.7) / count + (0.3 * 0.7) / probeCount(options));
    expect(Math.abs(kept / count - 0.3)).toBeLessThan(3.5 * error);
  }
});

test('percentiles are those of the probe, and 0 and 100 exclude nothing', () => {
  const options = resolveNcaOptions({ ...SMALL, band: { kind: 'percentile', low: 25, high: 75 } });
  const ratios = Array.from({ length: probeCount(options) }, (_, i) => probeRatio(options, i));
  expect(resolveBand(options)).toEqual({
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
  });
  const all = resolveNcaOptions({ ...SMALL, band: { kind: 'percentile', low: 0, high: 100 } });
  expect(resolveBand(all, (i) => ratios[i]!)).toEqual({ low: 0, high: Number.POSITIVE_INFINITY });
});

test('percentiles that many rules share are refused', () => {
  const error = errorOf({ colors: 2, grid: 2, band: { kind: 'percentile', low: 5, high: 6 } });
  expect(error.message).toMatch(/percentiles 5 to 6/);
  expect(error.hint).toMatch(/widen/);
});

test('a probe of a large grid measures fewer rules', () => {
  expect(probeCount(resolveNcaOptions())).toBe(512);
  expect(probeCount(resolveNcaOptions({ grid: 64, sequenceLength: 2048 }))).toBe(32);
});

// Worlds from the smallest to what draws in a moment; the last ones are frozen, or noise.
const worlds: [given: Partial<NcaOptions>, kind: NcaBand['kind']][] = [
  [{}, 'absolute'],
  [{ colors: 5 }, 'absolute'],
  [{ colors: 4, grid: 8 }, 'percentile'],
  [{ colors: 3, grid: 8 }, 'percentile'],
  [{ colors: 2 }, 'percentile'],
  [{ colors: 2, grid: 6, patch: 1 }, 'percentile'],
  [{ colors: 10, grid: 8, patch: 1 }, 'percentile'],
  [{ colors: 2, grid: 16, patch: 4, arithmetic: 'int16' }, 'absolute'],
  [{ colors: 2, grid: 1, patch: 1 }, 'absolute'],
  [{ colors: 3, grid: 8, rules: 3 }, 'percentile'],
  [{ colors: 2, grid: 8, temperature: 1e6 }, 'percentile'],
  [{ colors: 3, grid: 8, identityBias: 1e6, burnIn: 0 }, 'percentile'],
];

test.each(worlds)('with its default band %j can be drawn: %s', (given, kind) => {
  const world = createNcaWorld(given);
  expect(world.options.band.kind).toBe(kind);
  expect(drawTokens(world, keyFromSeed(5), 0)).toHaveLength(1024);
  // What the options say is what the default came to.
  expect(createNcaWorld(world.options).bounds).toEqual(world.bounds);
});

test('the default is the published band or the upper half, the same by either probe', () => {
  for (const given of [{ colors: 10 }, { ...SMALL, colors: 3 }]) {
    const plain = settleBand(resolveNcaOptions(given));
    const { options, bounds } = createNcaWorld(given);
    expect({ band: options.band, bounds }).toEqual(plain);
  }
  expect(settleBand(resolveNcaOptions()).bounds).toEqual({ low: 0.5, high: 1 });
});

test('where every rule has the same ratio the default keeps all simulations', () => {
  const options = resolveNcaOptions({ colors: 2, grid: 2 });
  const settled = settleBand(options, () => 0.25);
  expect(settled).toEqual({ band: { kind: 'none' }, bounds: null });
});

test('a rare hit is not taken for a band that can be drawn from', () => {
  const options = resolveNcaOptions();
  const rare = (every: number) => (index: number) =>
    index % every === every - 1 ? 0.6 : index / 2000;
  expect(settleBand(options, rare(100)).band.kind).toBe('absolute');
  expect(settleBand(options, rare(400)).band.kind).toBe('percentile');
});
