// What takes a thousand steps and more: test/full/life.test.ts.

import { describe, expect, test } from 'vitest';
import { hashTokens } from '../../test/support/tokens.ts';
import { keyFromSeed, mean, randomBits } from '../core/index.ts';
import { createLifeWorld, parseLifeRule, rolloutLife, stepLife } from './life.ts';
import { createNcaWorld } from './nca/index.ts';
import { drawSequence } from './world.ts';

const LIFE = parseLifeRule('B3/S23');

/** A grid with a pattern, given as rows of `.` and `O`, at (top, left) of a torus. */
function place(grid: number, top: number, left: number, rows: readonly string[]): Uint8Array {
  const cells = new Uint8Array(grid * grid);
  rows.forEach((row, y) => {
    [...row].forEach((mark, x) => {
      cells[((top + y) % grid) * grid + ((left + x) % grid)] = Number(mark === 'O');
    });
  });
  return cells;
}

const after = (rule: typeof LIFE, grid: number, first: Uint8Array, steps: number) =>
  rolloutLife(rule, grid, first, steps, 1).cells;

describe('patterns', () => {
  test('a glider moves by (1, 1) in four steps, and around the torus in forty', () => {
    const glider = ['.O.', '..O', 'OOO'];
    const start = place(10, 2, 2, glider);
    expect(after(LIFE, 10, start, 4)).toEqual(place(10, 3, 3, glider));
    expect(after(LIFE, 10, start, 28)).toEqual(place(10, 9, 9, glider));
    expect(after(LIFE, 10, start, 40)).toEqual(start);
    expect(after(LIFE, 10, start, 2)).not.toEqual(start);
  });

  test('a blinker has period two, a block none, and a single cell dies', () => {
    const blinker = place(8, 3, 2, ['OOO']);
    expect(after(LIFE, 8, blinker, 1)).toEqual(place(8, 2, 3, ['O', 'O', 'O']));
    expect(after(LIFE, 8, blinker, 2)).toEqual(blinker);
    const block = place(8, 7, 7, ['OO', 'OO']);
    expect(after(LIFE, 8, block, 1)).toEqual(block);
    expect(after(LIFE, 8, place(8, 0, 0, ['O']), 1)).toEqual(new Uint8Array(64));
  });

  test('the replicator of HighLife makes a copy of itself in twelve steps', () => {
    const replicator = ['..OOO', '.O..O', 'O...O', 'O..O.', 'OOO..'];
    const highLife = parseLifeRule('B36/S23');
    const twice = after(highLife, 40, place(40, 15, 15, replicator), 12);
    expect(twice.reduce((sum, cell) => sum + cell, 0)).toBe(24);
    const copies = [-2, 2].map((shift) => place(40, 15 + shift, 15 + shift, replicator));
    expect(twice).toEqual(copies[0]!.map((cell, i) => cell | copies[1]![i]!));
  });

  test('Seeds lets nothing survive', () => {
    const seeds = parseLifeRule('b2/s');
    expect(after(seeds, 6, place(6, 2, 2, ['OO']), 1)).toEqual(place(6, 1, 2, ['OO', '..', 'OO']));
  });
});

test('a step agrees with counting neighbors one by one, for any rule', () => {
  const grid = 7;
  for (let i = 0; i < 40; i++) {
    const [b, s] = randomBits(keyFromSeed(i), 2);
    const rule = { birth: b! & 511, survival: s! & 511 };
    const cells = Uint8Array.from(randomBits(keyFromSeed(1000 + i), 49), (word) => word & 1);
    const next = new Uint8Array(49);
    stepLife(rule, grid, cells, next);
    for (let at = 0; at < 49; at++) {
      let neighbors = 0;
      for (const dy of [-1, 0, 1]) {
        for (const dx of [-1, 0, 1]) {
          if (dy === 0 && dx === 0) continue;
          const y = (Math.floor(at / grid) + dy + grid) % grid;
          neighbors += cells[y * grid + (((at % grid) + dx + grid) % grid)]!;
        }
      }
      const mask = cells[at] === 1 ? rule.survival : rule.birth;
      expect(next[at]).toBe((mask >> neighbors) & 1);
    }
  }
});

describe('the Life world', () => {
  test('has the tokens of an NCA world with two colors', () => {
    const world = createLifeWorld({ grid: 8, patch: 2, sequenceLength: 100 });
    const nca = createNcaWorld({
      colors: 2,
      grid: 8,
      patch: 2,
      sequenceLength: 100,
      band: { kind: 'none' },
    });
    const { vocabSize, frameLength, firstTarget } = nca;
    expect(world).toMatchObject({ vocabSize, frameLength, firstTarget, frame: { colors: 2 } });
    const { tokens, states } = drawSequence(world, keyFromSeed(1), 3);
    expect(nca.encode({ grid: 8, ...states })).toEqual(tokens);
    expect(world.encode(world.decode(tokens))).toEqual(tokens);
    expect(world.planes(states)).toHaveLength(6);
    expect(world.render(states)).toEqual(nca.render({ grid: 8, ...states }));
  });

  test('every frame follows from the one before by the rule of the sequence', () => {
    const world = createLifeWorld({ rules: ['B3/S23', 'B36/S23', 'B2/S'], sequenceLength: 200 });
    expect(world.learnable).toBe('in-context');
    expect(createLifeWorld().learnable).toBe('fixed');
    const seen = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const { rule, states } = drawSequence(world, keyFromSeed(8), i);
      seen.add(JSON.stringify(rule));
      const first = states.cells.slice(0, 144);
      expect(rolloutLife(rule, 12, first, 0, states.frames)).toEqual(states);
    }
    expect(seen.size).toBe(3);
  });

  test('soups have the density given, or one that is drawn', () => {
    const shares = (density: number | 'drawn') => {
      const world = createLifeWorld({ density, sequenceLength: 20 });
      return Array.from({ length: 300 }, (_, i) =>
        mean(drawSequence(world, keyFromSeed(3), i).states.cells.subarray(0, 144)),
      );
    };
    // 43,200 cells: the standard deviation of the mean is 0.0022.
    expect(Math.abs(mean(shares(0.3)) - 0.3)).toBeLessThan(0.008);
    expect(new Set(shares(0))).toEqual(new Set([0]));
    expect(new Set(shares(1))).toEqual(new Set([1]));
    const drawn = shares('drawn').sort((a, b) => a - b);
    // Uniform: the deciles of 300 lie within 0.1 of their place.
    for (let i = 1; i < 10; i++) expect(Math.abs(drawn[30 * i]! - i / 10)).toBeLessThan(0.1);
  });

  test('its bits never change', () => {
    const { tokens } = drawSequence(createLifeWorld({ sequenceLength: 257 }), keyFromSeed(0), 0);
    expect(hashTokens(tokens)).toBe(2250922353);
  });

  test('refuses what cannot be', () => {
    const fault = (options: object) => () => createLifeWorld(options);
    expect(fault({ rules: ['23/3'] })).toThrow(/"23\/3" is not a rule/);
    expect(fault({ rules: ['B9/S'] })).toThrow(/"B9\/S" is not a rule/);
    expect(fault({ rules: [] })).toThrow(/rules is empty/);
    expect(fault({ grid: 10 })).toThrow(/not a multiple of patch 3/);
    expect(fault({ density: 1.5 })).toThrow(/density is 1.5/);
    expect(fault({ sequenceLength: 18 })).toThrow(/leaves nothing to predict/);
  });
});
