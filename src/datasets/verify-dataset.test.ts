import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSmallDataset } from '../../test/support/datasets.ts';
import { DATASET_FORMATS, type DatasetManifest, readManifest, verifyDataset } from './index.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-verify-'));
  for (const format of DATASET_FORMATS) await makeSmallDataset(at(format), { format });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let copies = 0;
function copyOf(format: string): (name: string) => string {
  const copy = at(`copy-${copies++}`);
  cpSync(at(format), copy, { recursive: true });
  return (name) => path.join(copy, name);
}

const problemsOf = async (inCopy: (name: string) => string, options = {}) =>
  (await verifyDataset(inCopy(''), options)).problems;

function change(file: string, edit: (bytes: Buffer) => void): void {
  const bytes = readFileSync(file);
  edit(bytes);
  writeFileSync(file, bytes);
}

/** Changes a shard and writes its new hash into the manifest, as a forger would. */
function forge(
  inCopy: (name: string) => string,
  name: string,
  edit: (bytes: Buffer) => void,
): void {
  change(inCopy(name), edit);
  const file = inCopy('manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as DatasetManifest;
  const record = manifest.shards
    .flatMap((shard) => shard.files)
    .find((entry) => entry.name === name)!;
  Object.assign(record, {
    sha256: createHash('sha256')
      .update(readFileSync(inCopy(name)))
      .digest('hex'),
  });
  writeFileSync(file, JSON.stringify(manifest));
}

/** Names of the files of a shard; -1 is the last. */
function filesOf(format: string, shard: number): string[] {
  const { manifest } = readManifest(path.join(at(format), 'manifest.json'));
  return manifest.shards.at(shard)!.files.map(({ name }) => name);
}

describe('verifyDataset', () => {
  test('finds a file beside the shards that is missing or changed', async () => {
    for (const [format, name] of [
      ['nanogpt', 'meta.pkl'],
      ['mds', 'index.json'],
    ] as const) {
      const inCopy = copyOf(format);
      change(inCopy(name), (bytes) => bytes.writeUInt8(bytes[20]! ^ 1, 20));
      expect(await problemsOf(inCopy)).toEqual([`${name}: its bytes do not match the manifest`]);
      rmSync(inCopy(name));
      expect(await problemsOf(inCopy)).toEqual([`${name}: missing`]);
    }
  });

  test.each(DATASET_FORMATS)('finds nothing wrong with %s', async (format) => {
    const result = await verifyDataset(at(format));
    const shards = { nanogpt: 2, llmc: 4 }[format as string] ?? 3;
    expect(result).toMatchObject({ problems: [], shards, sequences: 40, tokens: 960 });
    expect(result.compared).toBeGreaterThanOrEqual(5);
  });

  // Plain tokens, a token in front of each sequence, and rows of a table.
  test.each(['bin', 'llmc', 'parquet'] as const)(
    'makes all sequences of %s again where it is asked to',
    async (format) => {
      const all = await verifyDataset(at(format), { all: true, workers: 1 });
      expect(all).toMatchObject({ problems: [], compared: 40 });
    },
  );

  test.each(DATASET_FORMATS)('finds a flipped bit in %s', async (format) => {
    const inCopy = copyOf(format);
    const name = filesOf(format, 1).at(-1)!;
    change(inCopy(name), (bytes) => {
      const middle = bytes.length >> 1;
      bytes[middle] = bytes[middle]! ^ 1;
    });
    const problems = await problemsOf(inCopy);
    expect(problems[0]).toBe(`${name}: its SHA-256 differs from the manifest's`);
  });

  test('finds swapped shards, and says whose bytes they are', async () => {
    const inCopy = copyOf('bin');
    renameSync(inCopy('shard-00000.bin'), inCopy('aside'));
    renameSync(inCopy('shard-00001.bin'), inCopy('shard-00000.bin'));
    renameSync(inCopy('aside'), inCopy('shard-00001.bin'));
    const text = (await problemsOf(inCopy)).join('\n');
    expect(text).toContain('shard-00000.bin: its SHA-256 differs');
    expect(text).toContain('it is that of shard-00001.bin');
    expect(text).toContain('it is that of shard-00000.bin');
    expect(text).toMatch(
      /shard-00000\.bin: sequence 0 is not what the generator makes, first at token \d+/,
    );
  });

  test.each(DATASET_FORMATS)(
    'finds a truncated and a missing file of %s, one line each',
    async (format) => {
      const inCopy = copyOf(format);
      const [first, last] = [filesOf(format, 0)[0], filesOf(format, -1)[0]];
      const { length } = readFileSync(inCopy(first!));
      truncateSync(inCopy(first!), length - 1);
      rmSync(inCopy(last!));
      expect(await problemsOf(inCopy)).toEqual([
        `${first}: ${length - 1} bytes, the manifest says ${length}`,
        `${last}: missing`,
      ]);
    },
  );

  test('finds ids out of range and delimiters out of place, whatever the hashes say', async () => {
    const inCopy = copyOf('bin');
    // Frames are 6 tokens; 16 opens one, 17 closes it.
    forge(inCopy, 'shard-00000.bin', (bytes) => bytes.writeUInt16LE(18, 2 * (3 * 24 + 7)));
    forge(inCopy, 'shard-00001.bin', (bytes) => bytes.writeUInt16LE(16, 2 * (5 * 24 + 8)));
    forge(inCopy, 'shard-00002.bin', (bytes) => bytes.writeUInt16LE(3, 2 * 24));
    const problems = await problemsOf(inCopy);
    expect(problems).toContain('shard-00000.bin: sequence 3, token 7: 18 is not among the 18 ids');
    expect(problems).toContain(
      'shard-00001.bin: sequence 21, token 8: delimiter 16 within a frame',
    );
    expect(problems).toContain(
      'shard-00002.bin: sequence 33, token 0: 3 where delimiter 16 belongs',
    );
  });

  test('finds a sequence that the generator does not make, with all any', async () => {
    const inCopy = copyOf('bin');
    // A token of the last sequence of a shard, and one that is not looked at by chance.
    const swap = (bytes: Buffer, place: number) => {
      bytes.writeUInt16LE((bytes.readUInt16LE(place) + 1) % 16, place);
    };
    forge(inCopy, 'shard-00002.bin', (bytes) => swap(bytes, 2 * (7 * 24 + 9)));
    expect(await problemsOf(inCopy)).toEqual([
      expect.stringMatching(
        /^shard-00002\.bin: sequence 39 is not what the generator makes, first at token 9: \d+ instead of \d+$/,
      ),
    ]);
    const other = copyOf('bin');
    for (const sequence of [1, 2, 3, 4, 5, 6, 7]) {
      forge(other, 'shard-00000.bin', (bytes) => swap(bytes, 2 * (sequence * 24 + 9)));
    }
    const problems = await problemsOf(other, { all: true, workers: 1 });
    expect(problems[0]).toContain('sequence 1 is not what the generator makes');
  });

  test('finds labels that do not belong to the tokens', async () => {
    const inCopy = copyOf('jsonl');
    const name = 'shard-00001.jsonl';
    forge(inCopy, name, (bytes) => bytes.write('-900', bytes.indexOf('-100')));
    expect(await problemsOf(inCopy)).toEqual([
      `${name}: sequence 16, token 0: label -900 does not belong to it`,
    ]);
  });

  test('says what is missing of one that is not finished', async () => {
    const inCopy = copyOf('bin');
    const file = inCopy('manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as DatasetManifest;
    writeFileSync(
      file,
      JSON.stringify({ ...manifest, complete: false, shards: manifest.shards.slice(0, 2) }),
    );
    expect(await problemsOf(inCopy)).toEqual([
      'manifest.json: not finished, 2 of 3 shards are there',
    ]);
  });

  test('needs a manifest that is one', async () => {
    await expect(verifyDataset(folder)).rejects.toThrow('holds no data set');
    const inCopy = copyOf('bin');
    const whole = readFileSync(inCopy('manifest.json'), 'utf8');
    const broken: [string, string][] = [
      [whole.slice(0, 100), 'is not JSON'],
      ['{}', 'is not a manifest of sequences'],
      [whole.replace('"version": 1', '"version": 2'), 'has version 2'],
      [whole.replace('"vocabSize": 18', '"vocabSize": "many"'), 'vocabSize'],
      [whole.replace('"sequences": 40', '"sequences": 41'), '41 sequences are not 960 tokens'],
      [whole.replace('"firstSequence": 16', '"firstSequence": 17'), 'shard 1 would hold sequences'],
      [whole.replace('shard-00001.bin', '../../etc/passwd'), 'shards.1.files.0.name'],
    ];
    for (const [text, problem] of broken) {
      writeFileSync(inCopy('manifest.json'), text);
      await expect(verifyDataset(inCopy(''))).rejects.toThrow(problem);
    }
  });
});
