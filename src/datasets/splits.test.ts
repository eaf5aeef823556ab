import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withFolder } from '../../test/support/command-line.ts';
import { makeSmallDataset, SMALL_WORLD } from '../../test/support/datasets.ts';
import { foldIn, keyFromSeed } from '../core/index.ts';
import { createNcaWorld } from '../worlds/nca/index.ts';
import { drawSequence } from '../worlds/world.ts';
import { openDataset } from './index.ts';
import { fillLastShards, findWrongSplit, planSplits, type SplitShares } from './splits.ts';

test('splits share out every sequence and every rule, and none twice', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 100_000 }),
      fc.integer({ min: 3, max: 5000 }),
      fc.integer({ min: 1, max: 98 }),
      fc.integer({ min: 1, max: 98 }),
      (sequences, rules, a, b) => {
        const total = 100 + a + b;
        const shares = { train: 100 / total, validation: a / total, test: b / total };
        const splits = planSplits(shares, sequences, rules);
        expect(findWrongSplit(splits, sequences, rules)).toBeUndefined();
        expect(splits.every((split) => split.sequences >= 1 && split.pool!.count >= 1)).toBe(true);
        // The counts give the same splits again, which is what a card's command relies on.
        const again = splits.map(({ name, sequences: count }) => [name, count / sequences]);
        expect(planSplits(Object.fromEntries(again), sequences, rules)).toEqual(splits);
      },
    ),
  );
});

test('no shard has fewer sequences than its trainers need, and a card gives the same splits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 5000 }),
      fc.integer({ min: 2, max: 300 }),
      fc.integer({ min: 1, max: 99 }),
      fc.constantFrom<'fresh' | number>('fresh', 2, 7),
      (sequences, perShard, percent, rules) => {
        const limits = { least: 2, sequenceLength: 24 };
        const plan = (shares: SplitShares, total: number) =>
          fillLastShards(planSplits(shares, total, rules, limits), perShard, limits);
        const shares = { train: 1 - percent / 100, validation: percent / 100 };
        const splits = plan(shares, sequences);
        const counts = splits.map((split) => split.sequences);
        const total = counts[0]! + counts[1]!;
        expect(total - sequences).toBeGreaterThanOrEqual(0);
        expect(total - sequences).toBeLessThanOrEqual(2);
        for (const count of counts) {
          expect(count).toBeGreaterThanOrEqual(2);
          expect(count % perShard).not.toBe(1);
        }
        expect(findWrongSplit(splits, total, rules)).toBeUndefined();
        expect(plan({ train: counts[0]! / total, validation: counts[1]! / total }, total)).toEqual(
          splits,
        );
      },
    ),
  );
});

test('what is wrong with splits is said', () => {
  const splits = planSplits({ train: 0.5, validation: 0.5 }, 10, 4);
  const [train, validation] = [splits[0]!, splits[1]!];
  expect(findWrongSplit(splits, 11, 4)).toContain('10 sequences, not 11');
  expect(findWrongSplit([validation, train], 10, 4)).toContain('in that order');
  expect(findWrongSplit(splits, 10, 'fresh')).toContain('has other rules');
  const overlapping = { ...validation, pool: { first: 1, count: 3 } };
  expect(findWrongSplit([train, overlapping], 10, 4)).toContain('rules of another one');
  expect(findWrongSplit(splits, 10, 5)).toContain('4 rules');
});

const tableOf = ({ rule }: { rule: { table: Float32Array } }) => String(rule.table);

test('with fresh rules, no rule of one split is in another', () => {
  const splits = planSplits({ train: 0.75, validation: 0.25 }, 40, 'fresh');
  const world = createNcaWorld({ ...SMALL_WORLD, ruleSeed: 5 });
  const key = foldIn(keyFromSeed(5), 'nca generate');
  const validation = splits[0]!.sequences;
  const tables = Array.from({ length: 40 }, (_, i) => tableOf(drawSequence(world, key, i)));
  expect(validation).toBe(30);
  const trained = new Set(tables.slice(0, validation));
  expect(tables.slice(validation).some((table) => trained.has(table))).toBe(false);
});

test('with a pool, a sequence takes a rule of its split, which no other split has', async () => {
  const world = { ...SMALL_WORLD, temperature: 0, burnIn: 0, rules: 4 };
  await withFolder(async (folder) => {
    const splits = { train: 0.5, validation: 0.5 };
    await makeSmallDataset(folder, { world, splits, arithmetic: 'float32' });
    const dataset = await openDataset(folder);
    const tokens = await dataset.read(0, dataset.length);
    await dataset.close();
    expect([dataset.length, dataset.trainingLength]).toEqual([40, 20]);
    // Without noise a sequence follows from its rule and its first frame: which rules of the pool does it fit?
    const pool = createNcaWorld({ ...world, ruleSeed: 5, rules: 'fresh' });
    const poolKey = foldIn(keyFromSeed(5), 'nca pool');
    const members = [0, 1, 2, 3].map((i) => drawSequence(pool, poolKey, i).rule);
    const key = foldIn(keyFromSeed(5), 'nca generate');
    for (let i = 0; i < 40; i++) {
      const rollout = foldIn(foldIn(foldIn(key, i), 0), 'rollout');
      const stored = String(tokens.slice(24 * i, 24 * (i + 1)));
      const fits = members.map(
        (rule) => String(pool.encode(pool.rollout(rule, rollout))) === stored,
      );
      expect(fits.slice(...(i < 20 ? [0, 2] : [2, 4])), `sequence ${i}`).toContain(true);
    }
  });
});
