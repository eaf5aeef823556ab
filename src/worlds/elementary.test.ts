import { expect, test } from 'vitest';
import { hashTokens } from '../../test/support/tokens.ts';
import { keyFromSeed } from '../core/index.ts';
import { createElementaryWorld, rolloutElementary, stepElementary } from './elementary.ts';
import { drawSequence } from './world.ts';

/** Rows under a rule from one live cell in the middle. */
function growFromCell(rule: number, width: number, frames: number) {
  const first = new Uint8Array(width);
  first[width >> 1] = 1;
  const { cells } = rolloutElementary(rule, first, 0, frames);
  return Array.from({ length: frames }, (_, t) => cells.subarray(t * width, (t + 1) * width));
}

const countOnes = (row: ArrayLike<number>) => Array.from(row).reduce((sum, cell) => sum + cell, 0);

test("rule 90 from one cell is Sierpinski's triangle: 2^popcount(t) live cells after t steps", () => {
  growFromCell(90, 257, 128).forEach((row, t) => {
    const ones = [...t.toString(2)].filter((digit) => digit === '1').length;
    expect(countOnes(row)).toBe(2 ** ones);
    // Cell t - 2k holds the binomial coefficient "k of t", modulo 2.
    for (let k = 0; k <= t; k++) expect(row[128 - t + 2 * k]).toBe(Number((k & (t - k)) === 0));
  });
});

test('the center column of rule 30 begins with its known bits', () => {
  const column = growFromCell(30, 129, 60).map((row) => row[64]);
  // OEIS A051023.
  expect(column.join('')).toBe('110111001100010110010011101011100111010101100001100101011010');
});

test('rule 110 from one cell grows to the left alone, as known', () => {
  const rows = growFromCell(110, 65, 9).map((row) => row.subarray(22, 34).join(''));
  expect(rows.slice(0, 6)).toEqual([
    '000000000010',
    '000000000110',
    '000000001110',
    '000000011010',
    '000000111110',
    '000001100010',
  ]);
});

test('rules shift, freeze and alternate as their tables say, around the ring', () => {
  const row = Uint8Array.of(1, 0, 0, 1, 1);
  const after = (rule: number) => {
    const next = new Uint8Array(5);
    stepElementary(rule, row, next);
    return [...next];
  };
  expect(after(204)).toEqual([1, 0, 0, 1, 1]);
  expect(after(170)).toEqual([0, 0, 1, 1, 1]);
  expect(after(240)).toEqual([1, 1, 0, 0, 1]);
  expect(after(51)).toEqual([0, 1, 1, 0, 0]);
  expect(after(0)).toEqual([0, 0, 0, 0, 0]);
});

test('tokens are patches, least significant bit first, between delimiters, and each row follows by the rule', () => {
  const world = createElementaryWorld({
    rules: [110, 54],
    width: 16,
    patch: 4,
    sequenceLength: 60,
  });
  expect(world).toMatchObject({
    vocabSize: 18,
    frameLength: 6,
    firstTarget: 6,
    frame: { colors: 2 },
  });
  expect(world.learnable).toBe('in-context');
  expect(createElementaryWorld({ rules: [110] }).learnable).toBe('fixed');
  const seen = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const { rule, tokens, states } = drawSequence(world, keyFromSeed(6), i);
    seen.add(rule);
    expect(world.encode(world.decode(tokens))).toEqual(tokens);
    expect(world.decode(tokens)).toEqual(states);
    const next = new Uint8Array(16);
    for (let t = 0; t < 10; t++) {
      const row = states.cells.slice(t * 16, (t + 1) * 16);
      const patches = tokens.subarray(t * 6, (t + 1) * 6);
      expect([patches[0], patches[5]]).toEqual([16, 17]);
      const bits = [...patches.subarray(1, 5)].map((id) =>
        id.toString(2).padStart(4, '0').split('').reverse().join(''),
      );
      expect(bits.join('')).toBe(row.join(''));
      if (t > 0) expect(row).toEqual(next);
      stepElementary(rule, row, next);
    }
  }
  expect(seen).toEqual(new Set([110, 54]));
});

test('half of the cells of a first row live, and burn-in goes before it', () => {
  const options = { rules: [204], width: 64, sequenceLength: 20 };
  let live = 0;
  for (let i = 0; i < 200; i++) {
    const world = createElementaryWorld({ ...options, burnIn: 0 });
    live += countOnes(drawSequence(world, keyFromSeed(1), i).states.cells.subarray(0, 64));
  }
  // 12,800 fair bits: the standard deviation of the share is 0.0044.
  expect(Math.abs(live / 12_800 - 0.5)).toBeLessThan(0.016);
  const now = createElementaryWorld({ ...options, rules: [30], burnIn: 0, sequenceLength: 50 });
  const later = createElementaryWorld({ ...options, rules: [30], burnIn: 3, sequenceLength: 20 });
  const [a, b] = [now, later].map((world) => drawSequence(world, keyFromSeed(1), 0).tokens);
  expect(b!.slice(0, 20)).toEqual(a!.slice(30, 50));
});

test('a class stands for all its rules, the picture is the space-time diagram, the bits never change', () => {
  const world = createElementaryWorld({ sequenceLength: 257 });
  expect(world.rules).toHaveLength(14);
  expect(world.description).toBe('elementary: Wolfram class 4 (14 rules), rows of 64 cells');
  const { tokens, states } = drawSequence(world, keyFromSeed(0), 0);
  expect(world.planes(states)).toMatchObject([{ width: 64, height: 26 }]);
  expect(world.render(states)).toMatchObject({ width: 256, height: 104 });
  expect(hashTokens(tokens)).toBe(3748928878);
});

test('refuses what cannot be', () => {
  const fault = (options: object) => () => createElementaryWorld(options);
  expect(fault({ rules: [256] })).toThrow(/a rule is 256/);
  expect(fault({ rules: [] })).toThrow(/rules is empty/);
  expect(fault({ rules: 'class-5' })).toThrow(/rules is "class-5"/);
  expect(fault({ width: 20 })).toThrow(/not a multiple of patch 8/);
  expect(fault({ sequenceLength: 10 })).toThrow(/leaves nothing to predict/);
});
