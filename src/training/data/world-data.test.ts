import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { foldIn, keyFromSeed } from '../../core/index.ts';
import type { TokenBatch } from '../../text/index.ts';
import {
  createDyckWorld,
  createStackWorld,
  defineWorld,
  drawTokens,
  maskTargets,
  WORLDS,
} from '../../worlds/index.ts';
import { glanceData, openData } from './open-data.ts';
import { createDataRegistry, DATA } from './registry.ts';

const KEY = keyFromSeed(1);
const NCA = { kind: 'nca', colors: 2, grid: 4, temperature: 10, band: { kind: 'none' } };
const context = (changes: object = {}) => ({
  directory: null,
  seed: 0,
  key: KEY,
  contextLength: 23,
  batchSize: 2,
  heldOutSequences: 6,
  steps: 5,
  ...changes,
});
const open = (recipe: { kind: string } = NCA, changes: object = {}) =>
  openData(DATA, recipe, context(changes));

/** Rows of a batch as sequences of inputs and the last target. */
const rowsOf = ({ inputs, targets }: TokenBatch, contextLength = 23) =>
  Array.from({ length: inputs.length / contextLength }, (_, row) =>
    String([
      ...inputs.subarray(row * contextLength, (row + 1) * contextLength),
      targets[(row + 1) * contextLength - 1],
    ]),
  );

test('every kind says what its options mean', () => {
  expect(Object.keys(DATA)).toEqual([
    ...Object.keys(WORLDS),
    'text',
    'dataset',
    'characters',
    'images',
  ]);
  for (const [kind, { kind: own, source, description, options }] of Object.entries(DATA)) {
    expect(own).toBe(kind);
    expect(source).not.toBe('');
    expect(description).toMatch(/\.$/);
    const { properties = {} } = z.toJSONSchema(options as z.ZodObject, { io: 'input' });
    for (const [name, property] of Object.entries(properties)) {
      expect(property, `${kind}.${name}`).toMatchObject({
        description: expect.stringMatching(/\.$/),
      });
    }
  }
});

describe('a world as data', () => {
  test('is as the recipe says, one token longer than the context', async () => {
    const { world, ...facts } = await open();
    expect(world).toMatchObject({ options: { colors: 2, grid: 4, sequenceLength: 24 } });
    // The input before the first target: the last token of the first frame.
    expect(facts).toMatchObject({ firstPosition: 5, contextLength: 23, batchSize: 2 });
    expect(facts).toMatchObject({ vocabSize: 18, order: 'independent', shows: 'frames' });
    expect((await open({ kind: 'dyck' })).shows).toBe('tokens');
    expect((await open({ kind: 'dyck' }, { contextLength: null })).contextLength).toBe(256);
    expect((await open({ kind: 'copy' }, { contextLength: null })).contextLength).toBe(32);
  });

  test('batches are pure functions of the step: sequences by their index under the key', async () => {
    const data = await open();
    const trainKey = foldIn(KEY, 'train');
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000), async (step) => {
        const batch = await data.batch(step);
        const sequences = [0, 1].map((i) =>
          String(drawTokens(data.world!, trainKey, 2 * step + i)),
        );
        expect(rowsOf(batch)).toEqual(sequences);
        expect(batch).not.toHaveProperty('weights');
      }),
      { numRuns: 20 },
    );
    expect((await open(NCA, { batchSize: 6 })).batch(2)).toEqual(
      (await open(NCA, { batchSize: 6 })).batch(2),
    );
  });

  test('held-out sequences fill whole batches, and are none of the training ones', async () => {
    const { heldOut, gate, batch, world } = await open(NCA, { batchSize: 4 });
    expect(gate!.heldOutSequences).toHaveLength(8);
    expect(heldOut).toHaveLength(2);
    const key = foldIn(KEY, 'held-out');
    const rows = heldOut.flatMap((one) => rowsOf(one));
    expect(rows).toEqual([...Array(8).keys()].map((i) => String(drawTokens(world!, key, i))));
    const training = await Promise.all([0, 1, 2, 3, 4].map(batch));
    const seen = new Set(training.flatMap((one) => rowsOf(one)));
    for (const row of rows) expect(seen.has(row)).toBe(false);
  });

  test('the gate has what training saw first, and draws under a key of its own', async () => {
    const { gate, batch } = await open();
    const sample = await gate!.trainingSample();
    expect(sample).toHaveLength(10);
    expect(String(sample[3])).toBe(rowsOf(await batch(1))[1]);
    expect(gate!.trainedSequences).toBe(10);
    expect(gate!.seenRules!(3)).toHaveLength(3);
    const other = await open(NCA, { heldOutKey: keyFromSeed(2) });
    expect(other.batch(0)).toEqual(await batch(0));
    expect(other.gate!.heldOutSequences).not.toEqual(gate!.heldOutSequences);
    expect(other.gate!.gateKey).not.toEqual(gate!.gateKey);
    expect((await open({ kind: 'dyck' })).gate).not.toHaveProperty('seenRules');
  });

  test('a task weighs its targets, and has no gate', async () => {
    const { batch, heldOut, world, worlds, ...rest } = await open({ kind: 'stack' });
    expect(rest).not.toHaveProperty('gate');
    const stack = createStackWorld({ sequenceLength: 24 });
    const tokens = drawTokens(stack, foldIn(KEY, 'train'), 5);
    const { weights } = await batch(2);
    expect([...weights!.subarray(23)]).toEqual([...maskTargets(stack, tokens).subarray(1)]);
    expect(heldOut[0]).toHaveProperty('weights');
    expect(worlds!(40).heldOut.sequenceLength).toBe(41);
  });

  test('worlds of other registries are data too, and what they are made of', async () => {
    const own = defineWorld({
      kind: 'own',
      source: 'this test',
      description: 'Two brackets.',
      options: z.strictObject({ depth: z.int().default(2) }),
      create: ({ depth }, { sequenceLength }) =>
        createDyckWorld({ types: 1, maxDepth: depth, sequenceLength }),
    });
    const registry = createDataRegistry({ ...WORLDS, own });
    const direct = await openData(registry, { kind: 'own' }, context());
    expect(direct.vocabSize).toBe(2);
    const made = await openData(registry, { kind: 'iid', of: { kind: 'own' } }, context());
    expect(made.world!.description).toMatch(/^iid .* dyck: 1 types, depth up to 2/);
  });

  test('a glance tells the same facts, and what opening would refuse', async () => {
    const { vocabSize, firstPosition } = await open();
    expect(await glanceData(DATA, NCA, context())).toEqual({
      vocabSize,
      firstPosition,
      contextLength: 23,
      batchSize: 2,
      order: 'independent',
      weighted: false,
    });
    await expect(glanceData(DATA, { ...NCA, grid: 5 }, context())).rejects.toThrow(
      'grid 5 is not a multiple of patch 2',
    );
    const place = 'stages.source.data';
    await expect(glanceData(DATA, { kind: 'ncaa' }, context({ place }))).rejects.toThrow(
      "stages.source.data: unknown kind 'ncaa'",
    );
    await expect(open({ ...NCA, grids: 5 } as { kind: string })).rejects.toThrow(
      "data: unknown key 'grids'",
    );
  });
});
