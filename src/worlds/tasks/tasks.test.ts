import { describe, expect, test } from 'vitest';
import { hashTokens } from '../../../test/support/tokens.ts';
import { keyFromSeed } from '../../core/index.ts';
import { type AnyWorld, drawSequence, drawTokens, maskTargets } from '../world.ts';
import { createCharactersWorld } from './characters.ts';
import { createCopyWorld } from './copy.ts';
import { createModularWorld } from './modular.ts';
import { createParityWorld } from './parity.ts';
import { createRecallWorld } from './recall.ts';
import { createRetrievalWorld } from './retrieval.ts';
import { createStackWorld } from './stack.ts';

const KEY = keyFromSeed(11);
const draw = (world: AnyWorld, count: number) =>
  Array.from({ length: count }, (_, i) => drawTokens(world, KEY, i));
const counted = (world: AnyWorld, tokens: Int32Array) =>
  [...maskTargets(world, tokens)].flatMap((counts, t) => (counts ? [t] : []));
const text = Uint8Array.from({ length: 500 }, (_, i) => (i * i + 3 * i) % 256);

const WORLDS: readonly AnyWorld[] = [
  createRetrievalWorld(),
  createCopyWorld(),
  createStackWorld(),
  createRecallWorld(),
  createModularWorld(),
  createParityWorld(),
  createCharactersWorld(text),
];

describe.each(WORLDS.map((world) => [world.name, world] as const))('%s', (_, world) => {
  test('a sequence is a pure function of key and index, with tokens in range', () => {
    const all = draw(world, 50);
    expect(draw(world, 50)).toEqual(all);
    expect(new Set(all.map(String)).size).toBeGreaterThan(40);
    for (const tokens of all) {
      expect(tokens).toHaveLength(world.sequenceLength);
      expect(Math.min(...tokens)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...tokens)).toBeLessThan(world.vocabSize);
      const places = counted(world, tokens);
      expect(places.length).toBeGreaterThan(0);
      expect(places[0]).toBeGreaterThanOrEqual(world.firstTarget);
    }
  });

  test('states, tokens and pictures belong together', () => {
    const { states, tokens } = drawSequence(world, KEY, 0);
    expect(world.decode(tokens)).toEqual(states);
    const { width, height, data } = world.render(states);
    expect(data).toHaveLength(4 * width * height);
    expect(Array.from(world.planes(states)[0]!.cells).slice(0, tokens.length)).toEqual([...tokens]);
  });
});

test('the sequences of a key stay what they were', () => {
  const hash = (world: AnyWorld) =>
    hashTokens(Int32Array.from(draw(world, 20).flatMap((x) => [...x])));
  expect(
    Object.fromEntries(WORLDS.map((world) => [world.name, hash(world)])),
  ).toMatchInlineSnapshot(`
    {
      "characters": 1674557881,
      "copy": 2160052981,
      "modular": 319224204,
      "parity": 3421488663,
      "recall": 2578047430,
      "retrieval": 2711174434,
      "stack": 1934005977,
    }
  `);
});

/** Five standard deviations of a share of `count` draws around `p`. */
const tolerance = (p: number, count: number) => 5 * Math.sqrt((p * (1 - p)) / count);

test('retrieval: the last token is the one after the marker, uniform, marked anywhere in the first half', () => {
  const world = createRetrievalWorld({ symbols: 8, sequenceLength: 20 });
  const markers = new Array<number>(9).fill(0);
  const needles = new Array<number>(8).fill(0);
  for (const tokens of draw(world, 2000)) {
    const marker = tokens.indexOf(8);
    expect(tokens.lastIndexOf(8)).toBe(marker);
    expect(tokens.indexOf(9)).toBe(18);
    expect(tokens[19]).toBe(tokens[marker + 1]);
    expect(counted(world, tokens)).toEqual([19]);
    markers[marker]! += 1;
    needles[tokens[19]!]! += 1;
  }
  for (const n of markers) expect(Math.abs(n / 2000 - 1 / 9)).toBeLessThan(tolerance(1 / 9, 2000));
  for (const n of needles) expect(Math.abs(n / 2000 - 1 / 8)).toBeLessThan(tolerance(1 / 8, 2000));
});

test('copy: the second half is the first one backwards', () => {
  const world = createCopyWorld({ symbols: 5, sequenceLength: 13 });
  for (const tokens of draw(world, 100)) {
    expect([...tokens.subarray(7)]).toEqual([...tokens.subarray(0, 6)].reverse());
    expect(tokens[6]).toBe(5);
    expect(counted(world, tokens)).toEqual([7, 8, 9, 10, 11, 12]);
  }
});

test('stack: answers are what a stack gives, depths stay in range, and half of the free choices push', () => {
  const world = createStackWorld({ maxDepth: 4, sequenceLength: 101 });
  let free = 0;
  let pushes = 0;
  let deepest = 0;
  for (const tokens of draw(world, 200)) {
    const stack: number[] = [];
    const answers: number[] = [];
    for (let t = 0; t < tokens.length; t++) {
      const isFree = stack.length > 0 && stack.length < 4;
      free += Number(isFree);
      if (tokens[t]! < 4) {
        stack.push(tokens[t]!);
        pushes += Number(isFree);
      } else if (++t < tokens.length) {
        expect(tokens[t]).toBe(5 + stack.pop()!);
        answers.push(t);
      }
      deepest = Math.max(deepest, stack.length);
    }
    expect(counted(world, tokens)).toEqual(answers);
  }
  expect(deepest).toBe(4);
  expect(Math.abs(pushes / free - 0.5)).toBeLessThan(tolerance(0.5, free));
});

test('recall: the value of the key that is asked for, each pair as often as another', () => {
  const world = createRecallWorld({ keys: 6, values: 3, sequenceLength: 11 });
  const asked = new Array<number>(4).fill(0);
  for (const tokens of draw(world, 2000)) {
    const keys = [0, 2, 4, 6].map((t) => tokens[t]!);
    expect(new Set(keys).size).toBe(4);
    const pair = keys.indexOf(tokens[9]!);
    expect(tokens[8]).toBe(9);
    expect(tokens[10]).toBe(tokens[2 * pair + 1]);
    expect(tokens[10]).toBeGreaterThanOrEqual(6);
    expect(counted(world, tokens)).toEqual([10]);
    asked[pair]! += 1;
  }
  for (const n of asked) expect(Math.abs(n / 2000 - 0.25)).toBeLessThan(tolerance(0.25, 2000));
});

test('modular: all points of a sequence lie on its line, and lines differ', () => {
  const world = createModularWorld({ modulus: 5, sequenceLength: 24 });
  const lines = new Set<string>();
  for (let i = 0; i < 300; i++) {
    const { rule, tokens } = drawSequence(world, KEY, i);
    lines.add(`${rule.slope} ${rule.offset}`);
    for (let t = 0; t < 24; t += 2) {
      expect(tokens[t + 1]! - 5).toBe((rule.slope * tokens[t]! + rule.offset) % 5);
    }
    expect(counted(world, tokens)).toEqual([5, 7, 9, 11, 13, 15, 17, 19, 21, 23]);
  }
  expect(lines.size).toBe(20);
});

test('parity: the answer is the parity of the ones, even and odd alike', () => {
  const world = createParityWorld({ sequenceLength: 10 });
  let odd = 0;
  for (const tokens of draw(world, 2000)) {
    const ones = tokens.subarray(0, 8).reduce((a, b) => a + b, 0);
    expect([tokens[8], tokens[9]]).toEqual([2, 3 + (ones % 2)]);
    expect(counted(world, tokens)).toEqual([9]);
    odd += ones % 2;
  }
  expect(Math.abs(odd / 2000 - 0.5)).toBeLessThan(tolerance(0.5, 2000));
});

test('characters: windows of the text from everywhere in it', () => {
  const world = createCharactersWorld(text.subarray(0, 12), { sequenceLength: 9 });
  const starts = new Set(
    draw(world, 100).map((tokens) => {
      const start = [0, 1, 2, 3].find((s) => tokens.every((x, i) => x === text[s + i]));
      expect(start).toBeDefined();
      return start;
    }),
  );
  expect(starts.size).toBe(4);
});

test.each<[() => unknown, string]>([
  [() => createRetrievalWorld({ sequenceLength: 3 }), 'sequenceLength is 3'],
  [() => createCopyWorld({ sequenceLength: 8 }), 'sequenceLength is 8'],
  [() => createStackWorld({ maxDepth: 0 }), 'maxDepth is 0'],
  [() => createRecallWorld({ keys: 4, sequenceLength: 13 }), '13 tokens are 5 pairs of 4 keys'],
  [() => createModularWorld({ sequenceLength: 7 }), 'sequenceLength is 7'],
  [() => createCharactersWorld(new Uint8Array(4)), 'a text of 4 bytes is shorter'],
  [() => createParityWorld({ bits: 3 } as never), 'there is no option "bits"'],
])('%s is refused', (make, message) => {
  expect(make).toThrow(message);
});
