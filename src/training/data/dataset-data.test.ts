import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSmallDataset, SMALL_WORLD } from '../../../test/support/datasets.ts';
import { keyFromSeed } from '../../core/index.ts';
import { DATASET_FORMATS, openDataset } from '../../datasets/index.ts';
import { createNcaWorld } from '../../worlds/nca/index.ts';
import {
  bindDataset,
  createDatasetWorld,
  datasetRecordPath,
  openDatasetSource,
  takeSequences,
} from './dataset-source.ts';
import { openData } from './open-data.ts';
import { DATA } from './registry.ts';
import { tokenFilesRecordPath } from './token-files-source.ts';

let folder: string;
let stored: string[];
const at = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-source-'));
  for (const format of DATASET_FORMATS) await makeSmallDataset(at(format), { format });
  await makeSmallDataset(at('other'), { seed: 6 });
  const dataset = await openDataset(at('bin'));
  const tokens = await dataset.read(0, 40);
  stored = Array.from({ length: 40 }, (_, i) => String(tokens.slice(i * 24, (i + 1) * 24)));
  await dataset.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = async (options = {}, seed = 1) =>
  takeSequences(await openDatasetSource(at('bin')), keyFromSeed(seed), {
    sequenceLength: 24,
    heldOutCount: 10,
    leastTraining: 4,
    ...options,
  });

describe('takeSequences', () => {
  test('sets the last sequences aside, and goes through the others in epochs, each in its own order', async () => {
    const sequences = await open();
    expect(sequences.trainingCount).toBe(30);
    const heldOut = (await sequences.heldOut()).map(String);
    expect(heldOut).toEqual(stored.slice(30));
    const epochs = await Promise.all([0, 1, 2].map((epoch) => sequences.train(30 * epoch, 30)));
    const orders = epochs.map((epoch) => epoch.map((tokens) => stored.indexOf(String(tokens))));
    for (const order of orders) {
      expect([...order].sort((a, b) => a - b)).toEqual([...Array(30).keys()]);
    }
    expect(new Set(orders.map(String)).size).toBe(3);
    // Any range, in any order of asking, is the same, over the edge of an epoch too.
    expect(await sequences.train(25, 10)).toEqual([...epochs[0]!, ...epochs[1]!].slice(25, 35));
    await sequences.close();
    const again = await open();
    expect(await again.train(0, 30)).toEqual(epochs[0]);
    await again.close();
    const other = await open({}, 2);
    expect(await other.train(0, 30)).not.toEqual(epochs[0]);
    await other.close();
  });

  test('holds out sequences of another split, where the data set has one', async () => {
    await makeSmallDataset(at('split'), { splits: { train: 0.5, validation: 0.5 } });
    const sequences = await takeSequences(await openDatasetSource(at('split')), keyFromSeed(1), {
      sequenceLength: 24,
      heldOutCount: 4,
      leastTraining: 4,
    });
    expect(sequences.trainingCount).toBe(20);
    expect((await sequences.heldOut()).map(String)).toEqual(stored.slice(20, 24));
    const trained = (await sequences.train(0, 20)).map(String);
    expect(trained.sort()).toEqual(stored.slice(0, 20).sort());
    await sequences.close();
  });

  test('cuts sequences to what a context needs', async () => {
    const sequences = await open({ sequenceLength: 13 });
    expect((await sequences.heldOut()).map(String)).toEqual(
      stored.slice(30).map((tokens) => tokens.split(',').slice(0, 13).join(',')),
    );
    await sequences.close();
  });

  test('refuses a data set that leaves too little to train on', async () => {
    await expect(open({ heldOutCount: 37 })).rejects.toThrow(
      'is too small: of its 40 sequences 37 are held out, and a step trains on 4',
    );
    await expect(open({ heldOutCount: 50 })).rejects.toThrow('is too small');
  });
});

const openAsData = (options: object, changes: object = {}) =>
  openData(
    DATA,
    { kind: 'dataset', ...options },
    {
      directory: null,
      seed: 0,
      key: keyFromSeed(1),
      contextLength: 23,
      batchSize: 2,
      steps: 25,
      heldOutSequences: 5,
      ...changes,
    },
  );

describe('a data set as data', () => {
  test.each(DATASET_FORMATS)('is the same in %s as in any other format', async (format) => {
    const data = await openAsData({ path: at(format) }, { batchSize: 4 });
    // Five are rounded up to two batches of four.
    expect(data.gate!.heldOutSequences.map(String)).toEqual(stored.slice(32));
    expect(data.heldOut).toHaveLength(2);
    // A hundred are trained on, in epochs of what there is.
    expect(data.trainingCount).toBe(32);
    expect(data.gate!.trainedSequences).toBe(32);
    const trained = new Set<string>();
    for (let step = 0; step < 8; step++) {
      const { inputs, targets } = await data.batch(step);
      for (let row = 0; row < 4; row++) {
        const rowOf = (tokens: Int32Array) => [...tokens.subarray(row * 23, (row + 1) * 23)];
        trained.add(String([rowOf(inputs)[0], ...rowOf(targets)]));
      }
    }
    expect([...trained].sort()).toEqual(stored.slice(0, 32).sort());
    // The sample for the gate's baselines is one epoch at most.
    const sample = await data.gate!.trainingSample();
    expect(sample.map(String).sort()).toEqual([...trained].sort());
    await data.close();
  });

  test('describes and decodes the world that the data set came from', async () => {
    const { world, close, ...facts } = await openAsData({ path: at('bin') });
    const original = createNcaWorld(SMALL_WORLD);
    expect(world).toMatchObject({
      vocabSize: 18,
      frameLength: 6,
      firstTarget: 6,
      sequenceLength: 24,
      learnable: original.learnable,
      frame: original.frame,
      description: `data set of ${original.description}`,
    });
    expect(facts).toMatchObject({ vocabSize: 18, firstPosition: 5, shows: 'frames' });
    const tokens = stored[0]!.split(',').map(Number);
    expect(world!.decode(tokens)).toEqual(original.decode(tokens));
    await close();
  });

  test('decides the context length where nobody else does', async () => {
    const lengthOf = async (options: object, contextLength: number | null) => {
      const data = await openAsData({ path: at('bin'), ...options }, { contextLength });
      await data.close();
      return data.contextLength;
    };
    expect(await lengthOf({}, null)).toBe(23);
    expect(await lengthOf({ contextLength: 11 }, null)).toBe(11);
    expect(await lengthOf({ contextLength: 11 }, 11)).toBe(11);
    await expect(lengthOf({ contextLength: 11 }, 12)).rejects.toThrow(
      'contextLength is 12, and data.contextLength 11',
    );
    await expect(lengthOf({}, 24)).rejects.toThrow('have 24 tokens; a context of 24 needs 25');
  });

  test('a run keeps what its data were; one that has begun must find it', async () => {
    const folders = { path: mkdtempSync(at('run-')), files: mkdtempSync(at('run-')) };
    writeFileSync(
      at('ids.bin'),
      Uint8Array.from({ length: 600 }, (_, i) => i % 11),
    );
    const files = { files: [at('ids.bin')], vocabSize: 11, dtype: 'uint8' };
    const kinds = { path: { path: at('bin') }, files } as const;
    for (const [name, record] of [
      ['path', datasetRecordPath],
      ['files', tokenFilesRecordPath],
    ] as const) {
      const directory = path.join(folders[name], 'data');
      const begun = { directory, begun: true };
      await expect(openAsData(kinds[name], begun)).rejects.toThrow('is missing, so it cannot');
      const first = await openAsData(kinds[name], { directory });
      await first.close();
      expect(existsSync(record(directory))).toBe(true);
      await (await openAsData(kinds[name], begun)).close();
    }
    const { files: noted, close } = await openAsData(files, { directory: folders.files });
    expect(noted).toMatchObject([{ file: at('ids.bin'), tokens: 600 }]);
    await close();
    writeFileSync(
      at('ids.bin'),
      Uint8Array.from({ length: 600 }, (_, i) => (i + 1) % 11),
    );
    await expect(openAsData(files, { directory: folders.files })).rejects.toThrow(
      'ids.bin has changed since the run began',
    );
  });
});

describe('bindDataset', () => {
  test('ties a run to the data set that it began with', () => {
    const run = mkdtempSync(at('run-'));
    bindDataset(run, at('bin'), 24);
    bindDataset(run, at('bin'), 24);
    expect(() => bindDataset(run, at('other'), 24)).toThrow('is not the data set');
    expect(() => bindDataset(run, at('npy'), 24)).toThrow('is not the data set');
    expect(() => bindDataset(run, at('gone'), 24)).toThrow('holds no data set');
    expect(() => bindDataset(folder, at('bin'), 25)).toThrow('have 24 tokens');
    // The report of a run needs the data set no more.
    const record = datasetRecordPath(run);
    expect(createDatasetWorld(at('gone'), 24, record).vocabSize).toBe(18);
  });
});
