import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countNiches,
  createArchive,
  type Elite,
  findBins,
  findChampion,
  findNiche,
  insertElite,
  listElites,
  makeLayout,
  measureArchive,
} from './archive.ts';
import type { Evaluation } from './candidate.ts';

const WARRIOR = {
  name: 'w',
  author: '',
  strategy: '',
  instructions: [],
  start: 0,
  pin: null,
};

function evaluate(changes: Partial<Evaluation> = {}): Evaluation {
  return { fitness: 1, spawned: 0, coverage: 0, opcodes: 1, length: 1, ...changes };
}

function elite(index: number, changes: Partial<Evaluation> = {}): Elite {
  return { index, source: `w${index}`, warrior: WARRIOR, evaluation: evaluate(changes) };
}

const LAYOUT = makeLayout({ axes: ['spawned', 'coverage'] });

describe('the published archive', () => {
  test('has six bins of processes spawned and six of addresses', () => {
    expect(countNiches(LAYOUT)).toBe(36);
    const bins = (spawned: number, coverage: number) =>
      findBins(LAYOUT, evaluate({ spawned, coverage }));
    expect(bins(0, 0)).toEqual([0, 0]);
    expect(bins(0.9, 9.9)).toEqual([0, 0]);
    expect(bins(1, 10)).toEqual([1, 1]);
    expect(bins(9.99, 99)).toEqual([1, 1]);
    expect(bins(10, 100)).toEqual([2, 2]);
    expect(bins(100, 500)).toEqual([3, 3]);
    expect(bins(1000, 1000)).toEqual([4, 4]);
    expect(bins(10_000, 4000)).toEqual([5, 5]);
    expect(bins(1e9, 8000)).toEqual([5, 5]);
  });

  test('also takes opcodes and length', () => {
    const layout = makeLayout({ axes: ['opcodes', 'length'] });
    expect(findBins(layout, evaluate({ opcodes: 14, length: 59 }))).toEqual([5, 4]);
    expect(findBins(layout, evaluate({ opcodes: 3, length: 5 }))).toEqual([0, 1]);
  });

  test('has one niche without axes, and others with edges of its own', () => {
    expect(countNiches(makeLayout({ axes: [] }))).toBe(1);
    expect(findNiche(makeLayout({ axes: [] }), evaluate({ spawned: 1e6 }))).toBe(0);
    const layout = makeLayout({ axes: ['length'], edges: { length: [2] } });
    expect([1, 2].map((length) => findNiche(layout, evaluate({ length })))).toEqual([0, 1]);
  });
});

describe('insertElite', () => {
  test('keeps the better one of a niche, the earlier of equals, and no other niche changes', () => {
    const first = insertElite(createArchive(LAYOUT), elite(0, { fitness: 1 }));
    expect(insertElite(first, elite(1, { fitness: 1 }))).toBe(first);
    expect(insertElite(first, elite(1, { fitness: 0.5 }))).toBe(first);
    const better = insertElite(first, elite(2, { fitness: 1.5 }));
    expect(listElites(better).map(({ index }) => index)).toEqual([2]);
    const other = insertElite(better, elite(3, { fitness: 0.1, spawned: 20 }));
    expect(listElites(other).map(({ index }) => index)).toEqual([2, 3]);
    // The archives before are values: they stay what they were.
    expect(listElites(first).map(({ index }) => index)).toEqual([0]);
  });

  test('holds the maximum of every niche, in whatever order candidates come', () => {
    const evaluations = fc.array(
      fc.record({
        fitness: fc.integer({ min: 0, max: 8 }),
        spawned: fc.nat(20_000),
        coverage: fc.nat(8000),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(evaluations, (given) => {
        const elites = given.map((changes, i) => elite(i, changes));
        const archive = elites.reduce(insertElite, createArchive(LAYOUT));
        const best = new Map<number, number>();
        for (const { evaluation } of elites) {
          const niche = findNiche(LAYOUT, evaluation);
          best.set(niche, Math.max(best.get(niche) ?? 0, evaluation.fitness));
        }
        expect(archive.elites.map((held) => held?.evaluation.fitness ?? null)).toEqual(
          Array.from({ length: 36 }, (_, niche) => best.get(niche) ?? null),
        );
        const { coverage, qdScore } = measureArchive(archive);
        expect(coverage).toBe(best.size / 36);
        expect(qdScore).toBe([...best.values()].reduce((sum, fitness) => sum + fitness, 0));
        const most = Math.max(...best.values());
        const firstBest = elites.find(({ evaluation }) => evaluation.fitness === most);
        expect(findChampion(archive)?.index ?? null).toBe(firstBest?.index ?? null);
      }),
    );
  });
});
