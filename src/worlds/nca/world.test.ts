import { expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../../core/index.ts';
import { drawSequence } from '../world.ts';
import { measureNcaRatio } from './gzip-size.ts';
import type { NcaOptions } from './options.ts';
import { createNcaWorld } from './world.ts';

const SMALL: Partial<NcaOptions> = {
  colors: 4,
  grid: 8,
  sequenceLength: 256,
  band: { kind: 'absolute', low: 0.2, high: 1 },
};

/** FNV-1a over 32-bit words. */
function hash(words: Int32Array): number {
  return words.reduce((h, word) => Math.imul(h ^ word, 16_777_619), 0x811c9dc5 | 0) >>> 0;
}

test('the default world has the sizes of the paper', () => {
  expect(createNcaWorld()).toMatchObject({
    name: 'nca',
    vocabSize: 10_002,
    sequenceLength: 1024,
    frameLength: 38,
    firstTarget: 38,
    bounds: { low: 0.5, high: 1 },
  });
});

test('with the token that follows 1,024 inputs there are 987 targets, as in the official code', () => {
  const world = createNcaWorld({ sequenceLength: 1025 });
  expect(world.sequenceLength - world.firstTarget).toBe(987);
  const { tokens } = drawSequence(world, keyFromSeed(1), 0);
  // The first frame is all that is masked: its end token lies just before the first target, a start token.
  expect([tokens[world.firstTarget - 1], tokens[world.firstTarget]]).toEqual([10_001, 10_000]);
});

test('the bits of a sequence never change', () => {
  const first = drawSequence(createNcaWorld(), keyFromSeed(0), 0);
  expect(first.tokens).toHaveLength(1024);
  expect(hash(first.tokens)).toBe(3815539866);
  const warm = createNcaWorld({
    ...SMALL,
    temperature: 1,
    channelPadding: 'spatial',
    band: { kind: 'none' },
  });
  expect(hash(drawSequence(warm, keyFromSeed(1), 2).tokens)).toBe(2446613313);
});

test('a sequence is a pure function of the key and its number', () => {
  const world = createNcaWorld(SMALL);
  const late = drawSequence(world, keyFromSeed(3), 5);
  drawSequence(world, keyFromSeed(3), 4);
  expect(drawSequence(createNcaWorld(SMALL), keyFromSeed(3), 5)).toEqual(late);
  expect(drawSequence(world, keyFromSeed(3), 4).tokens).not.toEqual(late.tokens);
});

test('accepted simulations lie in the band, and some are rejected', () => {
  const world = createNcaWorld(SMALL);
  let attempts = 0;
  for (let i = 0; i < 100; i++) {
    const drawn = drawSequence(world, keyFromSeed(9), i);
    expect(measureNcaRatio(world.options, drawn.states)).toBeGreaterThan(0.2);
    attempts += drawn.attempts;
  }
  expect(attempts).toBeGreaterThan(130);
  expect(attempts).toBeLessThan(300);
});

test('where rules are judged, the same rules pass, and other simulations of them are the sequences', () => {
  const byRule = createNcaWorld({ ...SMALL, filter: 'rule' });
  const bySequence = createNcaWorld(SMALL);
  const ratios: number[] = [];
  for (let i = 0; i < 100; i++) {
    const drawn = drawSequence(byRule, keyFromSeed(9), i);
    const judge = drawSequence(bySequence, keyFromSeed(9), i);
    expect(drawn.attempts).toBe(judge.attempts);
    expect(drawn.rule.table).toEqual(judge.rule.table);
    expect(drawn.tokens).not.toEqual(judge.tokens);
    ratios.push(measureNcaRatio(byRule.options, drawn.states));
  }
  const outside = ratios.filter((ratio) => ratio <= 0.2).length;
  expect(outside).toBeGreaterThan(2);
  expect(outside).toBeLessThan(30);
});

test('where rules are judged, those of a pool are not judged again', () => {
  const pool = createNcaWorld({ ...SMALL, rules: 3, filter: 'rule' });
  for (let i = 0; i < 60; i++) {
    const { attempts, states } = drawSequence(pool, keyFromSeed(2), i);
    expect(attempts).toBe(1);
    expect(states.frames).toBeGreaterThanOrEqual(10);
  }
  expect(pool.acceptRule).toBeUndefined();
});

test('the filter reads ten frames where the sequence needs fewer', () => {
  const world = createNcaWorld({ ...SMALL, sequenceLength: 40 });
  const { states, tokens } = drawSequence(world, keyFromSeed(1), 0);
  expect(states.frames).toBe(10);
  expect(tokens).toHaveLength(40);
  const open = createNcaWorld({ ...SMALL, sequenceLength: 40, band: { kind: 'none' } });
  expect(drawSequence(open, keyFromSeed(1), 0).states.frames).toBe(3);
});

test('decode gives back whole frames, and both render', () => {
  const world = createNcaWorld(SMALL);
  const { states, tokens } = drawSequence(world, keyFromSeed(1), 0);
  const decoded = world.decode(tokens);
  expect(decoded.cells.subarray(0, 14 * 64)).toEqual(states.cells.subarray(0, 14 * 64));
  const { width, height } = world.render(decoded);
  expect([width / height, height % 8]).toEqual([(15 * 9 - 1) / 8, 0]);
});

test('a pool has so many rules, each of which has passed the filter', () => {
  const world = createNcaWorld({ ...SMALL, rules: 3, ruleSeed: 12 });
  const fresh = createNcaWorld(SMALL);
  const poolKey = foldIn(keyFromSeed(12), 'nca pool');
  const members = [0, 1, 2].map((i) => hashOf(drawSequence(fresh, poolKey, i).rule));
  const drawn = Array.from({ length: 40 }, (_, i) => hashOf(world.sample(keyFromSeed(i))));
  expect(new Set(drawn)).toEqual(new Set(members));
  const again = createNcaWorld({ ...SMALL, rules: 3, ruleSeed: 12 });
  expect(hashOf(again.sample(keyFromSeed(39)))).toBe(drawn[39]);
  const other = createNcaWorld({ ...SMALL, rules: 3, ruleSeed: 13 });
  expect(members).not.toContain(hashOf(other.sample(keyFromSeed(0))));

  function hashOf(rule: { table: Float32Array }): number {
    return hash(new Int32Array(rule.table.buffer));
  }
});

test('one rule can be the whole pool', () => {
  const world = createNcaWorld({ ...SMALL, rules: 1 });
  const tables = [0, 1].map((index) => drawSequence(world, keyFromSeed(1), index).rule.table);
  expect(tables[0]).toEqual(tables[1]);
});
