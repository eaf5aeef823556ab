// The losses of the gate's predictors over 4,096 sequences a world, against what was measured before, within .015 nats
// where the predictor is the same; docs/results.md has the table.

import { expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../../src/core/index.ts';
import { measureBaselines } from '../../src/eval/index.ts';
import { createNcaWorld, type NcaOptions } from '../../src/worlds/nca/index.ts';
import { drawTokens } from '../../src/worlds/world.ts';

const percentile = { kind: 'percentile', low: 30, high: 100 } as const;
const absolute = (low: number) => ({ kind: 'absolute', low, high: 1 }) as const;

type Case = {
  readonly world: Partial<NcaOptions>;
  /** Within .015 nats. */
  readonly as: Readonly<Record<string, number>>;
  /** Added later, as we measured them: within .015 nats. */
  readonly added: Readonly<Record<string, number>>;
  /** Where weights chosen on training sequences do better than the ones of the earlier measurement: at most this. */
  readonly atMost?: Readonly<Record<string, number>>;
};

const CASES: readonly Case[] = [
  {
    world: { colors: 3, grid: 8, band: absolute(0.15), sequenceLength: 257 },
    as: { 'in-context unigram': 2.631 },
    added: {
      'in-context cells': 2.881,
      'same place, 3 frames + 4': 1.912,
      'own patch': 1.724,
      'same cell + written cells': 1.998,
      'blind mixture': 1.679,
    },
    atMost: { 'same place': 2.062 },
  },
  {
    world: { colors: 4, grid: 8, band: absolute(0.2), sequenceLength: 257 },
    as: { 'in-context unigram': 3.49 },
    added: {
      'in-context cells': 3.524,
      'same place, 3 frames + 4': 3.039,
      'own patch': 2.595,
      'same cell + written cells': 2.79,
      'blind mixture': 2.581,
    },
  },
  {
    world: { colors: 2, grid: 8, patch: 1, burnIn: 2, band: percentile, sequenceLength: 528 },
    as: {
      'in-context unigram': 0.473,
      'same place': 0.365,
      'n-gram up to 12': 0.334,
      'same place + 4': 0.326,
      'whole frame': 0.366,
    },
    added: {
      'same place, 3 frames + 4': 0.313,
      'same cell + written cells': 0.296,
      'blind mixture': 0.283,
    },
    atMost: { '3×3 tokens': 0.122, '3×3 cells': 0.229 },
  },
  {
    world: { colors: 2, grid: 6, patch: 1, burnIn: 2, band: percentile, sequenceLength: 380 },
    as: {
      'in-context unigram': 0.482,
      'same place': 0.347,
      'n-gram up to 12': 0.311,
      'whole frame': 0.326,
    },
    added: {
      'same place, 3 frames + 4': 0.289,
      'same cell + written cells': 0.276,
      'blind mixture': 0.254,
    },
    atMost: { '3×3 tokens': 0.114, '3×3 cells': 0.202 },
  },
  {
    world: { colors: 2, grid: 6, patch: 2, burnIn: 2, band: percentile, sequenceLength: 253 },
    as: { 'in-context unigram': 1.176 },
    added: {
      'in-context cells': 1.643,
      'same place, 3 frames + 4': 0.465,
      'own patch': 0.495,
      'same cell + written cells': 0.69,
      'blind mixture': 0.424,
    },
    atMost: { 'whole frame': 0.504, '3×3 tokens': 0.416, '3×3 cells': 0.301 },
  },
];

/** The published world, in which cells decide: standard errors of 128 sequences are .08. */
const PUBLISHED: Case = {
  world: { sequenceLength: 1025 },
  as: {},
  added: { 'in-context cells': 6.202, 'own patch': 5.622, 'blind mixture': 5.618 },
};

const COUNTED = [...CASES.map((one) => ({ ...one, count: 4096 })), { ...PUBLISHED, count: 128 }];

test.each(COUNTED)('$world', ({ world: options, as, added, atMost = {}, count }) => {
  const world = createNcaWorld(options);
  const key = foldIn(keyFromSeed(0), 'source');
  const draw = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => drawTokens(world, foldIn(key, name), i));
  const { baselines } = measureBaselines(world, draw('train', 256), draw('held-out', count));
  const found = Object.fromEntries(baselines.map(({ name, loss }) => [name, loss]));
  for (const [name, loss] of Object.entries({ ...as, ...added })) {
    expect(Math.abs(found[name]! - loss), `${name} ${found[name]}`).toBeLessThan(0.015);
  }
  for (const [name, loss] of Object.entries(atMost)) expect(found[name], name).toBeLessThan(loss);
});
