import { describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../core/index.ts';
import { drawTokens, maskTargets } from '../world.ts';
import { createSelectiveCopyWorld } from './selective-copy.ts';

const KEY = keyFromSeed(4);

describe('selective copy', () => {
  const world = createSelectiveCopyWorld({ symbols: 5, items: 3, sequenceLength: 14 });

  test('names the symbols among the blanks in their order, after a marker', () => {
    const places = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const tokens = [...drawTokens(world, KEY, i)];
      const [body, marker, named] = [tokens.slice(0, 10), tokens[10], tokens.slice(11)];
      expect(marker).toBe(6);
      expect(body.filter((token) => token < 5)).toEqual(named);
      expect(body.filter((token) => token === 5)).toHaveLength(7);
      expect([...maskTargets(world, Int32Array.from(tokens))]).toEqual([
        ...new Array(11).fill(0),
        1,
        1,
        1,
      ]);
      body.forEach((token, place) => {
        if (token < 5) places.add(place);
      });
    }
    expect(places.size).toBe(10);
    expect(world.vocabSize).toBe(7);
  });

  test('draws every symbol about as often as another', () => {
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 500; i++) {
      for (const token of drawTokens(world, KEY, i).slice(11)) counts[token]! += 1;
    }
    // 300 of each; four standard deviations are 62.
    for (const count of counts) expect(Math.abs(count - 300)).toBeLessThan(62);
  });

  test('refuses a sequence without room', () => {
    expect(() => createSelectiveCopyWorld({ items: 7, sequenceLength: 14 })).toThrow('no room');
    expect(() => createSelectiveCopyWorld({ symbols: 1 })).toThrow('symbols');
  });
});
