// What may be drawn, how often it is drawn, and what is refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldIn, keyFromSeed, uniform } from '../core/index.ts';
import { type SamplingOptions, sampleToken } from './sampling.ts';

const KEY = keyFromSeed(11);
const DRAWS = 20_000;

/** Shares of each id among many draws. */
function shares(logits: Float32Array, options: SamplingOptions): number[] {
  const counts = new Array<number>(logits.length).fill(0);
  for (let i = 0; i < DRAWS; i++) counts[sampleToken(logits, options, foldIn(KEY, i))]! += 1;
  return counts.map((count) => count / DRAWS);
}

/** Expects shares within five standard errors of the probabilities. */
function expectShares(found: readonly number[], probabilities: readonly number[]): void {
  expect(found).toHaveLength(probabilities.length);
  found.forEach((share, i) => {
    const p = probabilities[i]!;
    const error = Math.sqrt((p * (1 - p)) / DRAWS);
    expect(Math.abs(share - p), `id ${i}: ${share} against ${p}`).toBeLessThanOrEqual(5 * error);
  });
}

const logitsOf = (probabilities: readonly number[]) => Float32Array.from(probabilities, Math.log);
const PROBABILITIES = [0.1, 0.4, 0.05, 0.3, 0.15];
const LOGITS = logitsOf(PROBABILITIES);

describe('sampleToken', () => {
  it('takes the largest logit at temperature 0, the first one at a tie', () => {
    const logits = Float32Array.of(-1, 3, 2, 3);
    for (let i = 0; i < 20; i++) {
      expect(sampleToken(logits, { temperature: 0 }, foldIn(KEY, i))).toBe(1);
    }
  });

  it('draws from the softmax at temperature 1', () => {
    expectShares(shares(LOGITS, { temperature: 1 }), PROBABILITIES);
  });

  it('divides the logits by the temperature', () => {
    const temperature = 2.5;
    const powers = PROBABILITIES.map((p) => p ** (1 / temperature));
    const total = powers.reduce((a, b) => a + b);
    expectShares(
      shares(LOGITS, { temperature }),
      powers.map((p) => p / total),
    );
  });

  it('keeps the k most probable and renormalizes them', () => {
    const kept = [0, 0.4 / 0.7, 0, 0.3 / 0.7, 0];
    expectShares(shares(LOGITS, { temperature: 1, topK: 2 }), kept);
    expectShares(shares(LOGITS, { temperature: 1, topK: 1 }), [0, 1, 0, 0, 0]);
    expectShares(shares(LOGITS, { temperature: 1, topK: 99 }), PROBABILITIES);
  });

  it.each([
    // Sorted: 0.4, 0.3, 0.15, 0.1, 0.05; the sums are 0.4, 0.7, 0.85, 0.95, 1.
    [0.01, [1]],
    [0.39, [1]],
    [0.41, [1, 3]],
    [0.69, [1, 3]],
    [0.71, [1, 3, 4]],
    [0.9, [0, 1, 3, 4]],
    [0.96, [0, 1, 2, 3, 4]],
    [1, [0, 1, 2, 3, 4]],
  ])('keeps the smallest nucleus of mass %d', (topP, kept) => {
    const mass = kept.reduce((sum, id) => sum + PROBABILITIES[id]!, 0);
    const wanted = PROBABILITIES.map((p, id) => (kept.includes(id) ? p / mass : 0));
    expectShares(shares(LOGITS, { temperature: 1, topP }), wanted);
  });

  it('closes the nucleus where its mass is reached exactly', () => {
    const quarters = logitsOf([1, 1, 1, 1]);
    expectShares(shares(quarters, { temperature: 1, topP: 0.5 }), [0.5, 0.5, 0, 0]);
  });

  it('takes the nucleus of what the k most probable leave', () => {
    // Of the two kept, the first has 4/7 of the mass: enough for 0.5, not for 0.6.
    expectShares(shares(LOGITS, { temperature: 1, topK: 2, topP: 0.5 }), [0, 1, 0, 0, 0]);
    const both = [0, 0.4 / 0.7, 0, 0.3 / 0.7, 0];
    expectShares(shares(LOGITS, { temperature: 1, topK: 2, topP: 0.6 }), both);
  });

  it('never draws a forbidden token', () => {
    const logits = Float32Array.of(Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, 0);
    expectShares(shares(logits, { temperature: 1 }), [0, 0.5, 0, 0.5]);
    expectShares(shares(logits, { temperature: 1, topK: 4 }), [0, 0.5, 0, 0.5]);
  });

  it('reaches the rare tokens of a large vocabulary', () => {
    // 32768 tokens share half of the mass: each has 1.5e-5.
    const logits = new Float32Array(32_769).fill(-Math.log(32_768));
    logits[0] = 0;
    const drawn = Array.from({ length: 400 }, (_, i) =>
      sampleToken(logits, { temperature: 1 }, foldIn(KEY, i)),
    );
    const rare = drawn.filter((id) => id !== 0);
    expect(Math.abs(rare.length / 400 - 0.5)).toBeLessThan(0.125);
    expect(new Set(rare).size).toBeGreaterThan(0.97 * rare.length);
    expect(Math.max(...rare)).toBeGreaterThan(31_000);
  });

  it('gives the same id for the same key', () => {
    const options = fc.record({
      temperature: fc.double({ min: 0, max: 5, noNaN: true }),
      topK: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
      topP: fc.option(fc.double({ min: 1e-6, max: 1, noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(options, fc.integer({ min: 0, max: 1e6 }), (chosen, seed) => {
        const key = keyFromSeed(seed);
        const logits = uniform(foldIn(key, 'logits'), 30).map((u) => 20 * u - 10);
        const id = sampleToken(logits, chosen, key);
        expect(sampleToken(logits.slice(), chosen, key)).toBe(id);
        const rank = logits.filter((logit) => logit > logits[id]!).length;
        expect(rank).toBeLessThan(chosen.topK ?? 30);
      }),
    );
  });

  it.each([
    [{ temperature: -0.1 }, 'temperature'],
    [{ temperature: Number.NaN }, 'temperature'],
    [{ temperature: Number.POSITIVE_INFINITY }, 'temperature'],
    [{ temperature: 1, topK: 0 }, 'topK'],
    [{ temperature: 1, topK: 1.5 }, 'topK'],
    [{ temperature: 1, topP: 0 }, 'topP'],
    [{ temperature: 1, topP: 1.01 }, 'topP'],
    [{ temperature: 0, topP: Number.NaN }, 'topP'],
  ])('refuses %o', (options, name) => {
    expect(() => sampleToken(LOGITS, options, KEY)).toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringContaining(name) }),
    );
  });

  it.each([
    [[0, Number.NaN], 'not a number'],
    [[0, Number.POSITIVE_INFINITY], 'Infinity'],
    [[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], '-Infinity'],
    [[], 'undefined'],
  ])('refuses logits %o', (logits, named) => {
    for (const temperature of [0, 1]) {
      expect(() => sampleToken(Float32Array.from(logits), { temperature }, KEY)).toThrow(
        expect.objectContaining({ name: 'UserError', message: expect.stringContaining(named) }),
      );
    }
  });
});
