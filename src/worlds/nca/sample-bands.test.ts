import { expect, test } from 'vitest';
import { keyFromSeed } from '../../core/index.ts';
import { isWithin } from './band.ts';
import { resolveNcaOptions } from './options.ts';
import { createRandomRules } from './random-rules.ts';
import { SIX_BANDS, sampleNcaBands } from './sample-bands.ts';

const SMALL = { colors: 4, grid: 8, sequenceLength: 256 };

test('each band has the first rules that lie in it', () => {
  const bands = [
    { low: 0.3, high: 0.35 },
    { low: 0.1, high: 0.4 },
  ];
  const found = sampleNcaBands(SMALL, { bands, perBand: 3, frames: 4, seed: 2 });
  expect(found).toMatchObject({ seed: 2, frames: 4, perBand: 3, options: SMALL });
  const key = keyFromSeed(2);
  for (const [b, bounds] of bands.entries()) {
    const first: number[] = [];
    for (let rule = 0; first.length < 3; rule++) {
      if (isWithin(bounds, createRandomRules(found.options, key, 10).measureRatio(rule)))
        first.push(rule);
    }
    expect(found.bands[b]).toMatchObject(bounds);
    expect(found.bands[b]!.samples).toEqual(
      first.map((rule) => ({
        rule,
        ratio: createRandomRules(found.options, key, 10).measureRatio(rule),
        states: createRandomRules(found.options, key, 10).simulate(rule, 4),
      })),
    );
  }
  const last = found.bands.map(({ samples }) => samples.at(-1)!.rule);
  expect(found.drawn).toBe(Math.max(...last) + 1);
});

test('rules are drawn by their numbers, whatever their ratio', () => {
  const numbers = [5, 0, 117];
  const { bands, drawn, perBand } = sampleNcaBands(SMALL, { numbers, frames: 4, seed: 2 });
  expect([bands.length, drawn, perBand]).toEqual([1, 3, 3]);
  const random = createRandomRules(resolveNcaOptions(SMALL), keyFromSeed(2), 10);
  expect(bands[0]!.samples).toEqual(
    numbers.map((rule) => ({
      rule,
      ratio: random.measureRatio(rule),
      states: random.simulate(rule, 4),
    })),
  );
  expect(() => sampleNcaBands(SMALL, { numbers: [-1] })).toThrow('-1 is not the number of a rule');
});

test('a band out of reach stays empty after all tries', () => {
  const progress: number[] = [];
  const found = sampleNcaBands(
    { ...SMALL, colors: 2 },
    { perBand: 1, tries: 60, onProgress: (drawn) => progress.push(drawn) },
  );
  expect(found.bands.map(({ low, high }) => ({ low, high }))).toEqual(SIX_BANDS);
  expect(found.bands[0]!.samples).toHaveLength(1);
  expect(found.bands[5]!.samples).toEqual([]);
  expect([found.drawn, found.frames]).toEqual([60, 15]);
  expect(progress).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
});

test('fewer rules are tried on large grids', () => {
  const bands = [{ low: 5, high: 6 }];
  const small = { colors: 2, grid: 2, burnIn: 0, sequenceLength: 30 };
  expect(sampleNcaBands(small, { bands }).drawn).toBe(2000);
  const large = { colors: 2, grid: 64, patch: 4, burnIn: 0, sequenceLength: 300 };
  expect(sampleNcaBands(large, { bands }).drawn).toBe(200);
});

test.each([
  [{ bands: [{ low: 0.5, high: 0.2 }] }, /0.5:0.2 is not a band/],
  [{ bands: [] }, /bands is 0/],
  [{ perBand: 0 }, /samples a band is 0/],
  [{ frames: 1.5 }, /frames is 1.5/],
  [{ tries: 0 }, /tries is 0/],
])('refuses %j', (settings, message) => {
  expect(() => sampleNcaBands(SMALL, settings)).toThrow(message);
});
