import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../../core/index.ts';
import { drawSequence, drawTokens } from '../world.ts';
import { measureNcaRatio } from './gzip-size.ts';
import { createNcaKernel, createNcaKernelAsync } from './kernel.ts';
import { type NcaOptions, resolveNcaOptions } from './options.ts';
import { rolloutNca } from './rollout.ts';
import { packNcaRule, sampleNcaRule } from './rule.ts';
import { encodeNca } from './tokenizer.ts';
import { createNcaWorld, createPlainNcaWorld } from './world.ts';

const NO_BAND = { kind: 'none' } as const;

/** Options of small worlds that reach every path: any sizes, temperatures down to 0, patches of every size. */
const anyOptions = fc
  .record({
    colors: fc.oneof(
      fc.integer({ min: 2, max: 16 }),
      fc.constant(10),
      fc.integer({ min: 17, max: 40 }),
    ),
    side: fc.integer({ min: 1, max: 6 }),
    patch: fc.integer({ min: 1, max: 3 }),
    features: fc.oneof(fc.constant(4), fc.integer({ min: 1, max: 9 })),
    hidden: fc.oneof(fc.constant(16), fc.integer({ min: 1, max: 21 })),
    temperature: fc.constantFrom(0, 1e-4, 1e-3, 0.05, 1, 30),
    identityBias: fc.constantFrom(0, 0, 0.3, -0.2, 2),
    burnIn: fc.integer({ min: 0, max: 5 }),
    dt: fc.integer({ min: 1, max: 3 }),
    channelPadding: fc.constantFrom('wrap', 'spatial'),
    length: fc.integer({ min: 1, max: 200 }),
  })
  .map(({ side, length, ...options }) => {
    const colors = options.patch === 3 ? Math.min(options.colors, 10) : options.colors;
    const sequenceLength = side * side + 2 + length;
    const grid = side * options.patch;
    return resolveNcaOptions({
      ...options,
      colors,
      grid,
      sequenceLength,
      band: NO_BAND,
    } as NcaOptions);
  });

describe('float32', () => {
  test('simulations of any options are those of plain TypeScript, to the bit', () => {
    fc.assert(
      fc.property(anyOptions, fc.integer(), (options, seed) => {
        const kernel = createNcaKernel(options, { maxFrames: 10 });
        const key = keyFromSeed(seed);
        for (let i = 0; i < 2; i++) {
          const [ruleKey, rolloutKey] = [foldIn(key, i), foldIn(key, i + 10)];
          const rule = sampleNcaRule(options, ruleKey);
          const plain = rolloutNca(options, rule, rolloutKey, 10);
          kernel.simulate(ruleKey, rolloutKey, 10);
          expect(kernel.states()).toEqual(plain);
          expect(kernel.ratio()).toBe(measureNcaRatio(options, plain));
          kernel.simulateRule(rule, rolloutKey, 10);
          expect(kernel.states()).toEqual(plain);
        }
        const tokens = new Int32Array(options.sequenceLength);
        kernel.draw(key, 7, tokens);
        expect(tokens).toEqual(drawPlainly(options, seed, 7));
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  test.each<Partial<NcaOptions>>([
    {},
    { band: { kind: 'percentile', low: 30, high: 80 }, colors: 4, grid: 8 },
    { band: { kind: 'absolute', low: 0.2, high: 1 }, colors: 4, grid: 8, rules: 3, ruleSeed: 7 },
    { band: NO_BAND, colors: 3, sequenceLength: 40, rules: 2 },
    { band: { kind: 'absolute', low: 0.3, high: 0.4 }, filter: 'rule' },
    { band: { kind: 'absolute', low: 0.2, high: 1 }, colors: 4, grid: 8, rules: 3, filter: 'rule' },
    { band: NO_BAND, colors: 3, sequenceLength: 40, filter: 'rule' },
    // Ten frames of this one are more than the size counter of the kernel takes.
    {
      colors: 3,
      grid: 44,
      patch: 1,
      sequenceLength: 2000,
      burnIn: 2,
      band: { kind: 'absolute', low: 0.01, high: 1 },
    },
  ])('sequences of %j, and the simulations they took', (given) => {
    const kernel = createNcaKernel(given);
    const plain = createPlainNcaWorld(given);
    expect(kernel.bounds).toEqual(plain.bounds);
    const tokens = new Int32Array(kernel.options.sequenceLength);
    // In plain TypeScript a frame of the large grid takes long.
    const indices = kernel.options.grid > 12 ? [0, 1] : [0, 1, 2, 5, 2 ** 40 + 3];
    for (const index of indices) {
      const drawn = drawSequence(plain, keyFromSeed(4), index);
      expect(kernel.draw(keyFromSeed(4), index, tokens)).toBe(drawn.attempts);
      expect(tokens).toEqual(drawn.tokens);
    }
  });
});

describe('int16', () => {
  // Two of these take the paths for ten states and for triples of cells, the others the general ones.
  test.each<[Partial<NcaOptions>, number]>([
    [{}, 1509334834],
    [{ colors: 4, grid: 8, identityBias: 0.3 }, 1460715413],
    [{ colors: 15, channelPadding: 'spatial', patch: 1, grid: 7 }, 2985209292],
    [{ features: 6, hidden: 5, temperature: 0.01 }, 3121624745],
    [{ colors: 40, temperature: 0, burnIn: 3, dt: 2 }, 768642022],
  ])('the bits of sequences of %j never change', (given, expected) => {
    const kernel = createNcaKernel({ ...given, arithmetic: 'int16', band: NO_BAND });
    const tokens = new Int32Array(1024);
    let hash = 0;
    for (let i = 0; i < 20; i++) {
      kernel.draw(keyFromSeed(1), i, tokens);
      hash = tokens.reduce((h, token) => Math.imul(h ^ token, 16_777_619), hash ^ 0x811c9dc5);
    }
    expect(hash >>> 0).toBe(expected);
  });

  test('the paths for ten states and for triples of cells give what the general ones do', () => {
    // Without effect on the states, these options lead around the special paths.
    const options = { arithmetic: 'int16', band: NO_BAND } as const;
    const special = createNcaKernel(options);
    const rule = sampleNcaRule(special.options, keyFromSeed(1));
    const { colors, features, hidden } = rule.network;
    const padded = createNcaKernel({ ...options, features: 5 });
    const channels = colors + 2;
    const convolution = new Float32Array(9 * channels * 5);
    for (let row = 0; row < 9 * channels; row++) {
      convolution.set(rule.kernels.convolution.subarray(row * 4, row * 4 + 4), row * 5);
    }
    const hiddenKernel = new Float32Array(5 * hidden);
    hiddenKernel.set(rule.kernels.hidden.subarray(0, features * hidden));
    const same = packNcaRule(
      { ...rule.network, features: 5 },
      { convolution, hidden: hiddenKernel, logits: rule.kernels.logits },
    );
    for (let i = 0; i < 20; i++) {
      special.simulateRule(rule, foldIn(keyFromSeed(2), i), 27);
      padded.simulateRule(same, foldIn(keyFromSeed(2), i), 27);
      expect(padded.states()).toEqual(special.states());
    }
  });

  test('a large identity bias keeps every cell as it is, and one too large is refused', () => {
    const options = { arithmetic: 'int16', identityBias: 16, band: NO_BAND } as const;
    const kernel = createNcaKernel(options);
    kernel.simulate(keyFromSeed(1), keyFromSeed(2), 5);
    const { cells } = kernel.states();
    expect(cells.subarray(576)).toEqual(cells.subarray(0, 144));
    expect(() => createNcaKernel({ ...options, identityBias: 17 })).toThrow(/identityBias 17/);
  });

  test('a world draws what its kernel draws, from a pool too', () => {
    for (const rules of ['fresh', 2] as const) {
      const world = createNcaWorld({ arithmetic: 'int16', rules });
      const plainly = drawSequence(world, keyFromSeed(3), 1);
      const { tokens, attempts } = world.draw!(keyFromSeed(3), 1);
      expect(tokens).toEqual(plainly.tokens);
      expect(attempts).toBe(plainly.attempts);
      expect(drawTokens(world, keyFromSeed(3), 1)).toEqual(tokens);
    }
  });
});

describe('a kernel', () => {
  test('writes where it is told to, in 16 bits or 32', () => {
    const kernel = createNcaKernel({ band: NO_BAND });
    const wide = new Int32Array(1024);
    const narrow = new Uint16Array(1030).fill(9);
    kernel.draw(keyFromSeed(1), 2, wide);
    kernel.draw(keyFromSeed(1), 2, narrow, 3);
    expect(Array.from(narrow.subarray(3, 1027))).toEqual(Array.from(wide));
    expect([...narrow.subarray(0, 3), ...narrow.subarray(1027)]).toEqual([9, 9, 9, 9, 9, 9]);
    expect(() => kernel.draw(keyFromSeed(1), 2, narrow, 7)).toThrow(/do not fit/);
    expect(() => kernel.draw(keyFromSeed(1), 0.5, wide)).toThrow(/integer/);
    const large = createNcaKernel({ colors: 17, band: NO_BAND });
    expect(() => large.draw(keyFromSeed(1), 0, narrow)).toThrow(/do not fit 16 bits/);
  });

  test('opens without blocking as well', async () => {
    const given = { band: { kind: 'percentile', low: 40, high: 60 } } as const;
    const waited = await createNcaKernelAsync(given);
    const kernel = createNcaKernel(given);
    expect(waited.bounds).toEqual(kernel.bounds);
    const [a, b] = [new Int32Array(1024), new Int32Array(1024)];
    expect(waited.draw(keyFromSeed(1), 2, a)).toBe(kernel.draw(keyFromSeed(1), 2, b));
    expect(a).toEqual(b);
  });

  test('refuses what it has no room or no frames for', () => {
    const kernel = createNcaKernel({ band: NO_BAND, sequenceLength: 100 });
    expect(() => kernel.simulate(keyFromSeed(1), keyFromSeed(1), 4)).toThrow(/4 frames do not fit/);
    expect(() => kernel.ratio()).toThrow(/10 frames are needed.*has 0/);
    expect(() => createNcaKernel({ grid: 1024, band: NO_BAND, sequenceLength: 2 ** 29 })).toThrow(
      /more than the 2 GiB/,
    );
  });
});

/** The tokens of a sequence without filter, from the functions of plain TypeScript. */
function drawPlainly(options: NcaOptions, seed: number, index: number): Int32Array {
  const key = foldIn(foldIn(keyFromSeed(seed), index), 0);
  const rule = sampleNcaRule(options, foldIn(key, 'rule'));
  const frames = Math.ceil(options.sequenceLength / ((options.grid / options.patch) ** 2 + 2));
  return encodeNca(options, rolloutNca(options, rule, foldIn(key, 'rollout'), frames));
}
