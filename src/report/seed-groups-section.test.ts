import { expect, test } from 'vitest';
import { describeSeedGroups, type SeedRun } from './seed-groups-section.ts';
import type { Block, Section } from './types.ts';

/** A run of `layers` under a seed that ends at a loss. */
function run(layers: number, seed: number, loss: number | null): SeedRun {
  const curve = [100, 200].map((tokens) => ({
    tokens,
    loss: (loss ?? 1) + 200 / tokens,
    measures: {},
  }));
  return {
    label: `l${layers}-s${seed}`,
    recipe: { name: `any-${seed}`, seed, model: { layers } },
    seed,
    stage: { name: 'text', loss, curve } as unknown as SeedRun['stage'],
  };
}

const blocks = ([section]: readonly Section[]) => section!.blocks;
const rows = (block: Block | undefined) =>
  (block as Extract<Block, { kind: 'table' }>).rows.map((row) => row.map(String));

test('runs that differ in their seed only are taken together, and compared in pairs', () => {
  const runs = [run(2, 0, 3), run(2, 1, 3.2), run(2, 2, 3.1), run(4, 0, 2.9), run(4, 2, 3.02)];
  const [means, differences, figure] = blocks(describeSeedGroups('text', runs));
  expect(rows(means)).toEqual([
    ['layers 2', '0, 1 and 2', '3.100', '2.852 to 3.348'],
    ['layers 4', '0 and 2', '2.960', expect.stringMatching(/^2\.198 to 3\.722$/)],
  ]);
  // −0.1 and −0.08: a mean of −0.09 with a standard error of 0.01 and one degree of freedom.
  const [[name, seeds, mean, interval, p, adjusted]] = rows(differences) as [string[]];
  expect([name, seeds, mean]).toEqual(['layers 4', '0 and 2', '−0.090']);
  expect(interval).toBe('−0.217 to +0.037');
  expect(Number(p)).toBeCloseTo(2 * (0.5 - Math.atan(9) / Math.PI), 3);
  expect(adjusted).toBe(p);
  const { chart } = figure as unknown as {
    chart: { series: { name: string; points: unknown; band: unknown[] }[] };
  };
  expect(chart.series[0]!.points).toEqual([
    [100, expect.closeTo(5.1, 9)],
    [200, expect.closeTo(4.1, 9)],
  ]);
  expect(chart.series[0]!.band).toHaveLength(2);
});

test('there is nothing to say of single runs, and a seed counts once', () => {
  expect(describeSeedGroups('text', [run(2, 0, 3), run(4, 0, 2)])).toEqual([]);
  expect(describeSeedGroups('text', [run(2, 0, 3), { ...run(2, 0, 3), label: 'copy' }])).toEqual(
    [],
  );
});

test('runs that have not finished enter no mean, and what cannot be compared says why', () => {
  const section = describeSeedGroups('text', [run(2, 0, 3), run(2, 1, null), run(4, 0, 2)]);
  const [means, differences] = blocks(section);
  expect(rows(means)[0]).toEqual(['layers 2', '0 and 1', '3.000', '–']);
  expect(rows(differences)[0]![1]).toMatch(/^– \(.+\)$/);
});

test('groups whose first settings are equal are named by their first runs', () => {
  const wide = (changes: object, seed: number): SeedRun => {
    const one = run(2, seed, 3);
    const model = { layers: 2, a: 1, b: 1, c: 1, ...changes };
    return { ...one, label: `${one.label}-${JSON.stringify(changes)}`, recipe: { seed, model } };
  };
  // Three settings tell the first group from the others; a fourth one tells those apart.
  const some = { layers: 3, a: 2, b: 2 };
  const runs = [wide({}, 0), wide({}, 1), wide(some, 0), wide({ ...some, c: 2 }, 0)];
  const [means] = blocks(describeSeedGroups('text', runs));
  expect(new Set(rows(means).map(([name]) => name)).size).toBe(3);
});
