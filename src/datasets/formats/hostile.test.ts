// Files of data sets that lie: counts of 10^8 to 10^12, sparse files, bits flipped in Parquet, what is not a regular file.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { shareOpeners } from '../../../test/support/share-openers.ts';
import { foldIn, keyFromSeed, randomInt, UserError } from '../../core/index.ts';
import { HashedFile } from '../hashed-file.ts';
import { DATASET_FORMATS, type DatasetFormat, type SequenceLayout } from './codec.ts';
import { loadCodec } from './load-codec.ts';

const SEQUENCES = 6;
const LAYOUT = { vocabSize: 50, sequenceLength: 20, firstTarget: 3 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-hostile-formats-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const openerOf = shareOpeners();

type Written = { readonly layout: SequenceLayout; readonly paths: readonly string[] };

async function write(format: DatasetFormat): Promise<Written> {
  const codec = await loadCodec(format);
  const layout = { ...LAYOUT, dtype: codec.chooseDType(LAYOUT.vocabSize) };
  const paths = codec.extensions.map((extension) => path.join(folder, `shard.${extension}`));
  const files = paths.map((file) => new HashedFile(file));
  const writer = codec.startShard(layout, SEQUENCES, files);
  const tokens = Int32Array.from(
    { length: SEQUENCES * LAYOUT.sequenceLength },
    (_, i) => (7 * i) % LAYOUT.vocabSize,
  );
  writer.append(codec.encodeBlock(layout, tokens));
  writer.finish();
  for (const file of files) file.publish();
  return { layout, paths };
}

async function readAll(format: DatasetFormat, { layout, paths }: Written, sequences = SEQUENCES) {
  const opener = await openerOf(format);
  const reader = await opener.openShard(layout, sequences, paths);
  try {
    return await reader.read(0, Math.min(sequences, SEQUENCES));
  } finally {
    await reader.close();
  }
}

describe.each(DATASET_FORMATS)('%s', (format) => {
  let written: Written;
  beforeEach(async () => {
    for (const name of ['bin', 'idx', 'mds', 'npy', 'parquet', 'jsonl']) {
      rmSync(path.join(folder, `shard.${name}`), { recursive: true, force: true });
    }
    written = await write(format);
  });

  test.each([1e8, 1e10, 1e12])('a count of %d sequences that the file has not', async (count) => {
    await expect(readAll(format, written, count)).rejects.toThrow(UserError);
  });

  test('a file that is a terabyte of nothing', async () => {
    const last = written.paths.at(-1)!;
    truncateSync(last, 1e12);
    const sequences = format === 'jsonl' ? 1e9 : SEQUENCES;
    await expect(readAll(format, written, sequences)).rejects.toThrow(UserError);
  });

  test.each(['a directory', 'a pipe', 'a device'])('%s in place of a file', async (kind) => {
    const last = written.paths.at(-1)!;
    rmSync(last);
    if (kind === 'a directory') mkdirSync(last);
    if (kind === 'a pipe') execFileSync('mkfifo', [last]);
    if (kind === 'a device') execFileSync('ln', ['-s', '/dev/zero', last]);
    await expect(readAll(format, written)).rejects.toThrow(
      `${last}: it is a directory, a pipe or a device`,
    );
  });
});

test('a bit flipped in Parquet is refused or gives as many numbers', async () => {
  const written = await write('parquet');
  const [file] = written.paths;
  const bytes = readFileSync(file!);
  let refused = 0;
  // Each costs a process where it is refused; test/fuzz has more.
  for (let i = 0; i < 8; i++) {
    const changed = Buffer.from(bytes);
    const at = randomInt(foldIn(keyFromSeed(3), i), 8 * bytes.length);
    changed[at >> 3]! ^= 1 << (at & 7);
    writeFileSync(file!, changed);
    try {
      expect(await readAll('parquet', written)).toHaveLength(SEQUENCES * LAYOUT.sequenceLength);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1);
});
