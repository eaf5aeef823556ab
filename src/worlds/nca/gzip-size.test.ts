import { expect, test } from 'vitest';
import { keyFromSeed } from '../../core/index.ts';
import { gzipSize, measureNcaRatio } from './gzip-size.ts';
import { resolveNcaOptions } from './options.ts';
import { rolloutNca } from './rollout.ts';
import { sampleNcaRule } from './rule.ts';
import { encodePatches } from './tokenizer.ts';

/** Pseudo-random tokens below 10,000 by a linear congruential generator. */
function noise(): Int32Array {
  let x = 12_345n;
  return Int32Array.from({ length: 360 }, () => {
    x = (x * 1_103_515_245n + 12_345n) % 2n ** 31n;
    return Number(x >> 16n) % 10_000;
  });
}

// Sizes measured with Python's gzip.GzipFile, compresslevel 9, on struct.pack('<360i', ...).
test.each<[string, Int32Array, number]>([
  ['zeros', new Int32Array(360), 32],
  ['a ramp', Int32Array.from({ length: 360 }, (_, i) => i), 578],
  ['squares', Int32Array.from({ length: 360 }, (_, i) => (i * i) % 10_000), 825],
  ['noise', noise(), 966],
  ['noise of four bits', noise().map((x) => x % 16), 360],
  ['negative numbers', Int32Array.from({ length: 360 }, (_, i) => -i), 583],
])('the size of %s is that of gzip', (_, tokens, size) => {
  expect(gzipSize(tokens)).toBe(size);
});

test('the ratio is over ten frames without delimiters, however many there are', () => {
  const options = resolveNcaOptions();
  const rule = sampleNcaRule(options, keyFromSeed(1));
  const long = rolloutNca(options, rule, keyFromSeed(1), 27);
  const short = rolloutNca(options, rule, keyFromSeed(1), 10);
  expect(measureNcaRatio(options, long)).toBe(measureNcaRatio(options, short));
  expect(measureNcaRatio(options, long)).toBe(gzipSize(encodePatches(options, long, 0, 10)) / 1440);
  const fewer = rolloutNca(options, rule, keyFromSeed(1), 9);
  expect(() => measureNcaRatio(options, fewer)).toThrow(/10 frames are needed.*has 9/);
});
