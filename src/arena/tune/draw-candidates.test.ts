import { describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../core/index.ts';
import {
  candidateName,
  countCandidates,
  drawCandidate,
  drawHypercube,
  drawNeighbors,
  listCandidates,
} from './draw-candidates.ts';
import { parseConstants } from './parse-constants.ts';

const constantsOf = (...lines: string[]) =>
  parseConstants(new TextEncoder().encode(lines.join('\n')), 'w.red');
const two = constantsOf('a equ 1 ;tune a 0..999', 'b equ 5 ;tune b 5, 7, 9');
const key = keyFromSeed(3);

test('all candidates, in order', () => {
  const small = constantsOf('a equ 1 ;tune a 1..2', 'b equ 5 ;tune b 5, 7');
  expect(listCandidates(small)).toEqual([
    [1, 5],
    [1, 7],
    [2, 5],
    [2, 7],
  ]);
  expect(countCandidates(two)).toBe(3000);
});

describe('drawHypercube', () => {
  test('each stratum has one candidate', () => {
    const drawn = drawHypercube(key, two, 100);
    const strata = drawn.map(([a]) => Math.floor(a! / 10)).sort((a, b) => a - b);
    expect(strata).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const counts = [5, 7, 9].map((value) => drawn.filter(([, b]) => b === value).length);
    expect(counts.every((count) => count >= 33 && count <= 34)).toBe(true);
  });

  test('is a function of the key, and has no candidate twice', () => {
    expect(drawHypercube(key, two, 50)).toEqual(drawHypercube(key, two, 50));
    expect(drawHypercube(keyFromSeed(4), two, 50)).not.toEqual(drawHypercube(key, two, 50));
    const few = constantsOf('a equ 1 ;tune a 1..3');
    expect(drawHypercube(key, few, 50).map(candidateName).sort()).toEqual(['1', '2', '3']);
  });
});

test('a candidate is within its ranges', () => {
  for (let seed = 0; seed < 200; seed++) {
    const [a, b] = drawCandidate(keyFromSeed(seed), two);
    expect(a! >= 0 && a! <= 999 && [5, 7, 9].includes(b!)).toBe(true);
  }
});

describe('drawNeighbors', () => {
  test('changes one constant or mixes parents, and repeats nothing', () => {
    const parents = [
      [500, 7],
      [2, 9],
    ];
    const neighbors = drawNeighbors(key, parents, two, 60);
    const names = neighbors.map(candidateName);
    expect(new Set([...names, ...parents.map(candidateName)]).size).toBe(62);
    for (const neighbor of neighbors) {
      const isMix = neighbor.every((value, c) => parents.some((parent) => parent[c] === value));
      const isStep = parents.some(
        (parent) => neighbor.filter((value, c) => value !== parent[c]).length === 1,
      );
      expect(isMix || isStep).toBe(true);
    }
    // Near ones are as likely as far ones: some are within 3, some beyond 30.
    const distances = neighbors.map(([a]) => Math.min(Math.abs(a! - 500), Math.abs(a! - 2)));
    expect(distances.filter((d) => d > 0 && d <= 3).length).toBeGreaterThan(5);
    expect(distances.filter((d) => d > 30).length).toBeGreaterThan(5);
  });

  test('ends where there are no more', () => {
    const few = constantsOf('a equ 1 ;tune a 1..3');
    expect(
      drawNeighbors(key, [[2]], few, 10)
        .map(candidateName)
        .sort(),
    ).toEqual(['1', '3']);
  });
});
