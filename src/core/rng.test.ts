import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bitsToUniform,
  foldIn,
  type Key,
  keyFromSeed,
  normal,
  permutation,
  randomBits,
  randomInt,
  splitKey,
  TRUNCATED_NORMAL_STD,
  threefry,
  truncatedNormal,
  uniform,
} from './rng.ts';

const hex = (words: ArrayLike<number>) =>
  Array.from(words, (w) => (w >>> 0).toString(16).padStart(8, '0')).join(' ');

const anyKey = fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)) as fc.Arbitrary<Key>;

describe('threefry', () => {
  // Known-answer vectors of the Random123 distribution (threefry2x32, 20 rounds).
  test.each<[Key, number, number, string]>([
    [[0, 0], 0, 0, '6b200159 99ba4efe'],
    [[0xffffffff, 0xffffffff], 0xffffffff, 0xffffffff, '1cb996fc bb002be7'],
    [[0x13198a2e, 0x03707344], 0x243f6a88, 0x85a308d3, 'c4923a9c 483df7a0'],
  ])('key %j, counter %i %i', (key, c0, c1, expected) => {
    const out = new Uint32Array(4);
    threefry(key, c0, c1, out, 1);
    expect(hex(out)).toBe(`00000000 ${expected} 00000000`);
    const signed = new Int32Array(2);
    threefry(key, c0, c1, signed);
    expect(hex(signed)).toBe(expected);
  });
});

// A change of any of these changes every data set, initialization and shuffle that was ever published.
test('the bits never change', () => {
  const key = keyFromSeed(42);
  expect(hex(key)).toBe('0000002a 00000000');
  expect(hex(keyFromSeed(-1))).toBe('ffffffff ffffffff');
  expect(hex(keyFromSeed(2 ** 40 + 7))).toBe('00000007 00000100');
  expect(hex(foldIn(key, 0))).toBe('de79f4b9 4f6cc618');
  expect(hex(foldIn(key, 2 ** 40 + 1))).toBe('35627c46 07b5919b');
  expect(hex(foldIn(key, -1))).toBe('c9ef714a 5ab67f20');
  expect(hex(foldIn(key, ''))).toBe('1730f636 849d0533');
  expect(hex(foldIn(key, 'rollout'))).toBe('5b28346d 2fa8d253');
  expect(hex(foldIn(key, 'Größe'))).toBe('6fe57eec bc510e3a');
  expect(hex(randomBits(key, 5))).toBe('de79f4b9 4f6cc618 268fd86c fe251627 8533bc2a');
  expect(hex(new Uint32Array(uniform(key, 3).buffer))).toBe('3f5e79f5 3e9ed98e 3e1a3f64');
  expect(hex(new Uint32Array(normal(key, 4).buffer))).toBe('3f8f9a8e befd81ea bf845118 401c77aa');
  expect(hex(new Uint32Array(truncatedNormal(key, 4).buffer))).toBe(
    '3f85e899 bef10e6c bf77cd20 3ff15efa',
  );
  expect(randomInt(key, 1000)).toBe(869);
  expect(randomInt(key, 2 ** 53)).toBe(7827692069958424);
  expect([...permutation(key, 10)]).toEqual([7, 5, 3, 1, 0, 2, 8, 9, 4, 6]);
});

describe('keys', () => {
  test('every number and every name gives a key of its own', () => {
    const key = keyFromSeed(7);
    const labels: (number | string)[] = [
      ...Array.from({ length: 2000 }, (_, i) => i - 1000),
      ...Array.from({ length: 50 }, (_, i) => 2 ** (i + 3) + 1),
      '',
      'a',
      'b',
      'ab',
      'ba',
      'aa',
      'aaa',
      '1',
      '0',
      '00',
      'rule',
      'rollout',
      '\0',
      '\0\0',
      ...Array.from({ length: 500 }, (_, i) => `layers.${i}.weight`),
    ];
    const keys = new Set(labels.map((label) => hex(foldIn(key, label))));
    expect(keys.size).toBe(new Set(labels.map((x) => `${typeof x}${x}`)).size);
  });

  test('folding is not commutative and depends on the key', () => {
    const key = keyFromSeed(1);
    expect(foldIn(foldIn(key, 1), 2)).not.toEqual(foldIn(foldIn(key, 2), 1));
    expect(foldIn(foldIn(key, 'a'), 'b')).not.toEqual(foldIn(key, 'ab'));
    expect(foldIn(keyFromSeed(2), 'a')).not.toEqual(foldIn(key, 'a'));
  });

  test('splitKey gives the keys of foldIn', () => {
    const key = keyFromSeed(3);
    expect(splitKey(key, 4)).toEqual([0, 1, 2, 3].map((i) => foldIn(key, i)));
  });

  test.each([0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('%d is no seed', (seed) => {
    expect(() => keyFromSeed(seed)).toThrow(RangeError);
    expect(() => foldIn([0, 0], seed)).toThrow(RangeError);
  });
});

describe('randomBits', () => {
  test('a prefix does not depend on the count', () => {
    fc.assert(
      fc.property(anyKey, fc.nat(40), fc.nat(40), (key, a, b) => {
        const [short, long] = [Math.min(a, b), Math.max(a, b)];
        expect(randomBits(key, short)).toEqual(randomBits(key, long).slice(0, short));
      }),
    );
  });

  test('each bit is set half of the time', () => {
    const count = 1 << 16;
    const ones = new Array<number>(32).fill(0);
    for (const word of randomBits(keyFromSeed(5), count)) {
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (word >>> bit) & 1;
    }
    // Six standard deviations of a fair coin.
    for (const n of ones) expect(Math.abs(n - count / 2)).toBeLessThan(6 * Math.sqrt(count / 4));
  });
});

describe('uniform', () => {
  test('stays inside of the open interval at the extreme bits', () => {
    expect(bitsToUniform(0)).toBe(2 ** -24);
    expect(bitsToUniform(0xffffffff)).toBe(1 - 2 ** -24);
    expect(Math.fround(bitsToUniform(0xffffffff))).toBe(1 - 2 ** -24);
  });

  test('fills a hundred cells evenly', () => {
    const count = 100_000;
    const cells = new Array<number>(100).fill(0);
    for (const u of uniform(keyFromSeed(11), count)) cells[Math.floor(u * 100)]! += 1;
    const chi2 = cells.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    // 99 degrees of freedom: mean 99, standard deviation 14.1.
    expect(chi2).toBeGreaterThan(99 - 5 * 14.1);
    expect(chi2).toBeLessThan(99 + 5 * 14.1);
  });
});

function moments(x: Float32Array) {
  const n = x.length;
  const mean = x.reduce((s, v) => s + v, 0) / n;
  const central = (p: number) => x.reduce((s, v) => s + (v - mean) ** p, 0) / n;
  const variance = central(2);
  return {
    mean,
    std: Math.sqrt(variance),
    skew: central(3) / variance ** 1.5,
    kurtosis: central(4) / variance ** 2,
  };
}

describe('normal', () => {
  const count = 400_000;

  test('moments', () => {
    const m = moments(normal(keyFromSeed(21), count));
    expect(m.mean).toBeCloseTo(0, 2);
    expect(m.std).toBeCloseTo(1, 2);
    expect(Math.abs(m.skew)).toBeLessThan(5 * Math.sqrt(6 / count));
    expect(Math.abs(m.kurtosis - 3)).toBeLessThan(5 * Math.sqrt(24 / count));
  });

  test('neighbors and different keys are uncorrelated', () => {
    const x = normal(keyFromSeed(22), count);
    const y = normal(keyFromSeed(23), count);
    const correlation = (shift: number, other: Float32Array) => {
      let sum = 0;
      for (let i = 0; i + shift < count; i++) sum += x[i]! * other[i + shift]!;
      return sum / count;
    };
    const bound = 5 / Math.sqrt(count);
    expect(Math.abs(correlation(1, x))).toBeLessThan(bound);
    expect(Math.abs(correlation(2, x))).toBeLessThan(bound);
    expect(Math.abs(correlation(0, y))).toBeLessThan(bound);
  });
});

describe('truncatedNormal', () => {
  test('moments and range', () => {
    const x = truncatedNormal(keyFromSeed(31), 400_000);
    const m = moments(x);
    expect(m.mean).toBeCloseTo(0, 2);
    expect(Math.abs(m.std - TRUNCATED_NORMAL_STD)).toBeLessThan(0.005);
    const top = x.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    expect(top).toBeLessThanOrEqual(2);
    expect(top).toBeGreaterThan(1.999);
  });

  test('its standard deviation follows from the normal density at 2', () => {
    const density = Math.exp(-2) / Math.sqrt(2 * Math.PI);
    const inside = 2 * 0.9772498680518208 - 1;
    expect(Math.sqrt(1 - (4 * density) / inside)).toBeCloseTo(TRUNCATED_NORMAL_STD, 12);
  });
});

describe('randomInt', () => {
  test('lies in [0, bound)', () => {
    fc.assert(
      fc.property(anyKey, fc.integer({ min: 1, max: 2 ** 53 - 1 }), (key, bound) => {
        const value = randomInt(key, bound);
        expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
      }),
    );
  });

  test('every value of a small range is equally likely', () => {
    const counts = [0, 0, 0, 0, 0, 0, 0];
    const key = keyFromSeed(9);
    for (let i = 0; i < 14_000; i++) counts[randomInt(foldIn(key, i), 7)]! += 1;
    for (const n of counts) expect(Math.abs(n - 2000)).toBeLessThan(250);
  });
});

describe('permutation', () => {
  test('holds every number once', () => {
    fc.assert(
      fc.property(anyKey, fc.nat(200), (key, count) => {
        const sorted = [...permutation(key, count)].sort((a, b) => a - b);
        expect(sorted).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
    );
  });

  test('all orders of four are equally likely', () => {
    const counts = new Map<string, number>();
    const key = keyFromSeed(12);
    for (let i = 0; i < 24_000; i++) {
      const order = permutation(foldIn(key, i), 4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    for (const n of counts.values()) expect(Math.abs(n - 1000)).toBeLessThan(170);
  });
});
