import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../core/index.ts';
import { countShards, planBlocks, planShards, planSize } from './shard-plan.ts';

describe('planSize', () => {
  test('rounds tokens up and shards down to whole sequences', () => {
    expect(planSize(164_000_000, 1024, 16_000_000)).toEqual({
      sequenceLength: 1024,
      sequences: 160_157,
      sequencesPerShard: 15_625,
    });
    expect(planSize(1, 1024, 1)).toMatchObject({ sequences: 1, sequencesPerShard: 1 });
  });

  test('refuses what is no count, and more shards than names', () => {
    expect(() => planSize(0.5, 10, 10)).toThrow('tokens: 0.5');
    expect(() => planSize(10, 10, 0)).toThrow('shard tokens: 0');
    expect(() => planSize(1e9, 10, 10)).toThrow(UserError);
  });
});

const size = fc.record({
  sequenceLength: fc.integer({ min: 1, max: 5000 }),
  sequences: fc.integer({ min: 1, max: 10_000 }),
  sequencesPerShard: fc.integer({ min: 1, max: 3000 }),
});

describe('planShards', () => {
  test('pieces together are the whole, each near its share', () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 12 }), (whole, pieces) => {
        const shards = countShards(whole);
        fc.pre(pieces <= shards);
        const parts = Array.from({ length: pieces }, (_, i) =>
          planShards(whole, { index: i + 1, count: pieces }),
        );
        const all = planShards(whole, null);
        expect(isDeepStrictEqual(parts.flat(), all)).toBe(true);
        for (const part of parts) {
          expect(Math.abs(part.length - shards / pieces)).toBeLessThan(1);
          expect(part.length).toBeGreaterThan(0);
        }
        // One expectation for thousands of shards.
        const ends = all.map(({ first, count }) => first + count);
        expect(all.findIndex(({ first }, i) => first !== (ends[i - 1] ?? 0))).toBe(-1);
        expect(ends.at(-1)).toBe(whole.sequences);
      }),
    );
  });

  test('refuses a piece that is none, or would be empty', () => {
    const whole = { sequenceLength: 1, sequences: 4, sequencesPerShard: 2 };
    for (const index of [0, 3, 1.5]) {
      expect(() => planShards(whole, { index, count: 2 })).toThrow('there is no piece');
    }
    expect(() => planShards(whole, { index: 1, count: 3 })).toThrow('too few for 3 pieces');
    const hints = [3, 5].map((count) => {
      try {
        planShards({ sequenceLength: 8, sequences: 4, sequencesPerShard: 2 }, { index: 1, count });
        return '';
      } catch (error) {
        return (error as UserError).hint;
      }
    });
    expect(hints[0]).toContain('--shard-tokens 8');
    expect(hints[1]).toContain('4 sequences');
  });
});

test('blocks cover a range in order, of about the same size whatever the sequence length', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 5000 }), size, (first, count, whole) => {
      const blocks = planBlocks({ first, count }, whole.sequenceLength);
      let next = first;
      for (const block of blocks) {
        expect(block.first).toBe(next);
        expect(block.count * whole.sequenceLength).toBeLessThanOrEqual(2 ** 17);
        next += block.count;
      }
      expect(next).toBe(first + count);
    }),
  );
});
