import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSmallDataset, SMALL_WORLD } from '../../test/support/datasets.ts';
import { keyFromSeed, permutation } from '../core/index.ts';
import { openDataset } from './index.ts';
import { verifyDataset } from './verify-dataset.ts';

const LENGTH = SMALL_WORLD.sequenceLength;
/** More than are open at a time, in this process and in the one that decodes. */
const SHARDS = 70;

let folder: string;
const at = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-open-'));
  const size = { tokens: 2 * SHARDS * LENGTH, shardTokens: 2 * LENGTH };
  await makeSmallDataset(at('bin'), { ...size, format: 'bin' });
  await makeSmallDataset(at('parquet'), { ...size, format: 'parquet' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The processes that this one has started and that have not ended. */
function listChildren(): string[] {
  return readdirSync('/proc/self/task').flatMap((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean);
    } catch {
      // A thread that has ended meanwhile.
      return [];
    }
  });
}
const canListChildren = existsSync(`/proc/self/task/${process.pid}/children`);

test('sequences of many shards, in a random order, are those of any other format', async () => {
  const [bin, parquet] = [await openDataset(at('bin')), await openDataset(at('parquet'))];
  expect(parquet.manifest.shards).toHaveLength(SHARDS);
  for (const sequence of permutation(keyFromSeed(3), parquet.length)) {
    expect(await parquet.read(sequence, 1)).toEqual(await bin.read(sequence, 1));
  }
  await parquet.close();
  await bin.close();
});

test.runIf(canListChildren)(
  'the Parquet shards of a data set are decoded in one process, which ends with it',
  async () => {
    const before = listChildren();
    const started = new Set<string>();
    const look = () => {
      for (const child of listChildren()) if (!before.includes(child)) started.add(child);
    };
    const dataset = await openDataset(at('parquet'));
    for (const sequence of permutation(keyFromSeed(4), dataset.length)) {
      await dataset.read(sequence, 1);
      look();
    }
    await dataset.close();
    expect(started.size).toBe(1);
    const [pid] = started;
    await expect.poll(listChildren).not.toContain(pid);

    started.clear();
    const { problems } = await verifyDataset(at('parquet'), { onProgress: look });
    expect(problems).toEqual([]);
    expect(started.size).toBe(1);
  },
);
