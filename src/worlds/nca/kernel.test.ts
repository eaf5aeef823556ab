import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../../core/index.ts';
import { drawSequence } from '../world.ts';
import { measureNcaRatio } from './gzip-size.ts';
import { createNcaKernel } from './kernel.ts';
import { type NcaOptions, resolveNcaOptions } from './options.ts';
import { rolloutNca } from './rollout.ts';
import { packNcaRule, sampleNcaRule } from './rule.ts';
import { encodeNca } from './tokenizer.ts';
import { createNcaWorld } from './world.ts';

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
      { numRuns: 150, seed: 3 },
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
