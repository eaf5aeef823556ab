import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeSmallDataset, SMALL_WORLD, snapshotFolder } from '../../test/support/datasets.ts';
import { foldIn, keyFromSeed } from '../core/index.ts';
import { takeLock } from '../files/lock.ts';
import { createNcaKernel, createNcaWorld } from '../worlds/nca/index.ts';
import { drawSequence } from '../worlds/world.ts';
import {
  DATASET_FORMATS,
  type GenerateOptions,
  GenerationStopped,
  generateDataset,
  openDataset,
  readManifest,
} from './index.ts';

/** Bytes that the disk still takes. */
const disk = vi.hoisted(() => ({ free: Number.POSITIVE_INFINITY }));

vi.mock('node:fs', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs')>();
  return {
    ...original,
    writeSync: (descriptor: number, bytes: Uint8Array, offset: number, length: number) => {
      disk.free -= length;
      if (disk.free < 0)
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
      return original.writeSync(descriptor, bytes, offset, length);
    },
  };
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-generate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => path.join(folder, name);

async function readSequences(directory: string): Promise<Int32Array> {
  const dataset = await openDataset(directory);
  try {
    return await dataset.read(0, dataset.length);
  } finally {
    await dataset.close();
  }
}

describe('generateDataset', () => {
  test.each(DATASET_FORMATS)('%s holds the sequences of the seed, in order', async (format) => {
    const { manifest } = await makeSmallDataset(at(format), { format, arithmetic: 'float32' });
    expect(manifest).toMatchObject({
      complete: true,
      sequences: 40,
      tokens: 960,
      vocabSize: 18,
      firstTarget: 6,
      keepRate: 1,
    });
    const runs = manifest.shards.map(({ firstSequence, sequences }) => [firstSequence, sequences]);
    const third = [
      [0, 16],
      [16, 16],
    ];
    // The trainers of these two need two sequences for validation, more than the default share of 40.
    const ends = { nanogpt: [[0, 38]], llmc: [...third, [32, 6]] }[format as string];
    expect(runs).toEqual(ends ? [...ends, [38, 2]] : [...third, [32, 8]]);
    const world = createNcaWorld(SMALL_WORLD);
    const key = foldIn(keyFromSeed(5), 'nca generate');
    const drawn = Array.from({ length: 40 }, (_, i) => [...drawSequence(world, key, i).tokens]);
    expect([...(await readSequences(at(format)))]).toEqual(drawn.flat());
  });

  test('a filter, a pool of rules and percentiles mean what they mean in the world', async () => {
    const given = {
      colors: 3,
      grid: 6,
      sequenceLength: 60,
      rules: 2,
      band: { kind: 'percentile', low: 40, high: 100 },
    } as const;
    const { manifest } = await makeSmallDataset(at('filtered'), {
      world: given,
      tokens: 600,
      arithmetic: 'float32',
    });
    const world = createNcaWorld({ ...given, ruleSeed: 5 });
    const key = foldIn(keyFromSeed(5), 'nca generate');
    const drawn = Array.from({ length: 10 }, (_, i) => drawSequence(world, key, i));
    expect([...(await readSequences(at('filtered')))]).toEqual(
      drawn.flatMap(({ tokens }) => [...tokens]),
    );
    const simulations = drawn.reduce((sum, { attempts }) => sum + attempts, 0);
    expect(manifest.keepRate).toBe(10 / simulations);
    expect(simulations).toBeGreaterThan(10);
  });

  test.each(DATASET_FORMATS)('%s: the number of workers changes no byte', async (format) => {
    const twice = at(`two-${format}`);
    await makeSmallDataset(twice, { format, arithmetic: 'float32', workers: 2 });
    expect(snapshotFolder(twice)).toEqual(snapshotFolder(at(format)));
  });

  test.each(['megatron', 'parquet'] as const)('%s: pieces change no byte', async (format) => {
    const whole = at(`whole-${format}`);
    await makeSmallDataset(whole, { format });
    const joined = at(`joined-${format}`);
    const lengths: number[] = [];
    for (const index of [1, 2, 3]) {
      const part = at(`part-${format}-${index}`);
      const { manifest } = await makeSmallDataset(part, { format, piece: { index, count: 3 } });
      lengths.push(manifest.shards.reduce((sum, shard) => sum + shard.sequences, 0));
      if (index === 1) expect(await readSequences(part)).toHaveLength(16 * 24);
      cpSync(part, joined, { recursive: true, errorOnExist: true });
    }
    expect(lengths).toEqual([16, 16, 8]);
    await expect(openDataset(joined)).rejects.toThrow('unjoined pieces: 3');
    const { tokensMade } = await makeSmallDataset(joined, { format });
    expect(tokensMade).toBe(0);
    expect(snapshotFolder(joined)).toEqual(snapshotFolder(whole));
  });

  test('a data set too small for the shards of its pieces is cut into smaller ones', async () => {
    const make = (name: string, rest: Partial<GenerateOptions> = {}) =>
      generateDataset({ directory: at(name), tokens: 1000, seed: 5, world: SMALL_WORLD, ...rest });
    await make('uncut');
    for (const index of [1, 2, 3]) await make('cut', { piece: { index, count: 3 } });
    const { manifest } = await make('cut');
    expect(manifest.shards).toHaveLength(3);
    expect([...(await readSequences(at('cut')))]).toEqual([...(await readSequences(at('uncut')))]);
  });

  test('int16 arithmetic, the default, makes sequences of its own under the same rules', async () => {
    const world = { ...SMALL_WORLD, colors: 10, grid: 12, sequenceLength: 400, temperature: 1e-4 };
    const size = { world, tokens: 8000, shardTokens: 8000 };
    await makeSmallDataset(at('int16'), size);
    await makeSmallDataset(at('float32'), { ...size, arithmetic: 'float32' });
    const [fast, exact] = [await readSequences(at('int16')), await readSequences(at('float32'))];
    const starts = [0, 400, 800].map((at) => [...fast.subarray(at, at + 38)]);
    expect(new Set(starts.map(String)).size).toBe(3);
    const same = fast.filter((token, i) => token === exact[i]).length / fast.length;
    expect(same).toBeLessThan(1);
    expect(same).toBeGreaterThan(0.3);
    const kernel = createNcaKernel({ ...world, ruleSeed: 5 }, { arithmetic: 'int16' });
    const drawn = new Int32Array(400);
    kernel.draw(foldIn(keyFromSeed(5), 'nca generate'), 7, drawn);
    expect(fast.slice(7 * 400, 8 * 400)).toEqual(drawn);
    await expect(makeSmallDataset(at('int16'), { ...size, arithmetic: 'float32' })).rejects.toThrow(
      'arithmetic is int16 there, float32 asked',
    );
  });

  test('stopped in the middle, it keeps what is complete and ends the same', async () => {
    const many = { tokens: 2000 * 24, shardTokens: 100 * 24 };
    await makeSmallDataset(at('left-alone'), many);
    const controller = new AbortController();
    const stopped = makeSmallDataset(at('stopped'), {
      ...many,
      signal: controller.signal,
      onProgress: ({ shardsDone }) => {
        if (shardsDone > 0) controller.abort();
      },
    });
    // Progress comes every so often, so the first report may be the last one.
    const outcome = await stopped.catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(GenerationStopped);
    const { shards, complete } = readManifest(path.join(at('stopped'), 'manifest.json')).manifest;
    if (!complete) await expect(openDataset(at('stopped'))).rejects.toThrow('is not finished');
    const rest = await makeSmallDataset(at('stopped'), many);
    expect(rest.tokensMade).toBe((20 - shards.length) * 100 * 24);
    expect(snapshotFolder(at('stopped'))).toEqual(snapshotFolder(at('left-alone')));
  });

  test('a signal that has fired already makes nothing', async () => {
    const signal = AbortSignal.abort();
    await expect(makeSmallDataset(at('never'), { signal })).rejects.toThrow(GenerationStopped);
    expect(readdirSync(at('never'))).toEqual(['manifest.json']);
  });

  test('shards that are gone or cut are made again', async () => {
    await makeSmallDataset(at('mended'));
    const before = snapshotFolder(at('mended'));
    rmSync(path.join(at('mended'), 'shard-00001.bin'));
    writeFileSync(path.join(at('mended'), 'shard-00002.bin'), 'x');
    const { tokensMade } = await makeSmallDataset(at('mended'));
    expect(tokensMade).toBe(24 * 24);
    expect(snapshotFolder(at('mended'))).toEqual(before);
  });

  test('on a full disk it says so, leaves no half file, and goes on when there is room', async () => {
    await makeSmallDataset(at('roomy'));
    const bytes = readFileSync(path.join(at('roomy'), 'shard-00000.bin')).length;
    disk.free = 4 * bytes;
    const outcome = await makeSmallDataset(at('full')).catch((error: unknown) => error);
    disk.free = Number.POSITIVE_INFINITY;
    expect(String(outcome)).toContain('disk full while writing');
    expect(readdirSync(at('full')).filter((name) => name.includes('.tmp-'))).toEqual([]);
    await makeSmallDataset(at('full'));
    expect(snapshotFolder(at('full'))).toEqual(snapshotFolder(at('roomy')));
  });
});

describe('a folder', () => {
  test('with another data set is refused with what differs, and left alone', async () => {
    await makeSmallDataset(at('taken'));
    const before = snapshotFolder(at('taken'));
    const refusal = await makeSmallDataset(at('taken'), {
      seed: 6,
      format: 'npy',
      tokens: 480,
      world: { ...SMALL_WORLD, colors: 3 },
    }).catch((error: unknown) => error);
    expect(String(refusal)).toContain(
      'holds another data set: seed is 5 there, 6 asked; colors is 2 there, 3 asked; ' +
        'files is bin there, npy asked; sequences is 40 there, 20 asked',
    );
    await expect(makeSmallDataset(at('taken'), { piece: { index: 1, count: 3 } })).rejects.toThrow(
      'holds a complete data set, not pieces',
    );
    expect(snapshotFolder(at('taken'))).toEqual(before);
  });

  test('keeps what is called like a temporary and is not one of a data set', async () => {
    const photos = mkdtempSync(at('photos-'));
    writeFileSync(path.join(photos, 'manifest.json.tmp-7'), 'mine');
    await expect(makeSmallDataset(photos)).rejects.toThrow(
      'is not empty and does not hold a data set',
    );
    await makeSmallDataset(at('kept'));
    const mine = path.join(at('kept'), 'thesis.tmp-7');
    writeFileSync(mine, 'mine');
    await makeSmallDataset(at('kept'));
    expect(existsSync(mine)).toBe(true);
  });

  test('with other things, or a file in its place, is refused', async () => {
    const papers = mkdtempSync(at('papers-'));
    writeFileSync(path.join(papers, 'thesis.tex'), 'years of work');
    await expect(makeSmallDataset(papers)).rejects.toThrow(
      'is not empty and does not hold a data set',
    );
    const file = path.join(papers, 'thesis.tex');
    await expect(makeSmallDataset(file)).rejects.toThrow('is a file, not a folder');
    await expect(makeSmallDataset(path.join(file, 'in'))).rejects.toThrow(
      'is a file where a folder should be',
    );
    expect(readdirSync(papers)).toEqual(['thesis.tex']);
  });

  test('that another process writes is left to it', async () => {
    const busy = mkdtempSync(at('busy-'));
    const lock = path.join(busy, 'manifest.json.lock');
    writeFileSync(lock, JSON.stringify({ pid: process.ppid, started: null }));
    await expect(makeSmallDataset(busy)).rejects.toThrow(
      `is being written by process ${process.ppid}`,
    );
    expect(readdirSync(busy)).toEqual(['manifest.json.lock']);
  });
});

test.each([
  [{ tokens: 0 }, 'tokens: 0'],
  [{ seed: -1 }, 'seed -1'],
  [{ workers: 0 }, 'workers: 0'],
  [{ piece: { index: 4, count: 3 } }, 'no piece 4 of 3'],
  [
    { world: { band: { kind: 'absolute', low: 2, high: 3 } as const, colors: 2 } },
    'the band is empty',
  ],
])('%j is refused before the folder is made', async (changes, message) => {
  await expect(makeSmallDataset(at('none'), changes)).rejects.toThrow(message);
  expect(readdirSync(folder)).not.toContain('none');
});

test('a piece is not begun while the whole is being written', async () => {
  const options = { piece: { index: 1, count: 2 } };
  mkdirSync(at('locked'));
  const whole = takeLock(path.join(at('locked'), 'manifest.json.lock'));
  await expect(makeSmallDataset(at('locked'), options)).rejects.toThrow('is being written by');
  expect(readdirSync(at('locked'))).toEqual(['manifest.json.lock']);
  whole.release();
  await makeSmallDataset(at('locked'), options);
});
