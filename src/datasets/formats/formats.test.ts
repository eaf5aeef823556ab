import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shareOpeners } from '../../../test/support/share-openers.ts';
import { UserError } from '../../core/index.ts';
import { HashedFile } from '../hashed-file.ts';
import { DATASET_FORMATS, type DatasetFormat, type SequenceLayout } from './codec.ts';
import { loadCodec } from './load-codec.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-formats-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const openerOf = shareOpeners();

type Written = {
  readonly layout: SequenceLayout;
  readonly sequences: number;
  readonly paths: readonly string[];
  readonly tokens: Int32Array;
};

/** Writes sequences in blocks of the given sizes. */
async function write(
  format: DatasetFormat,
  vocabSize: number,
  sequenceLength: number,
  blocks: readonly number[],
  tokenAt: (i: number) => number,
): Promise<Written> {
  const codec = await loadCodec(format);
  const dtype = codec.chooseDType(vocabSize);
  const layout = { vocabSize, sequenceLength, firstTarget: Math.min(3, sequenceLength), dtype };
  const sequences = blocks.reduce((sum, count) => sum + count, 0);
  const tokens = Int32Array.from({ length: sequences * sequenceLength }, (_, i) => tokenAt(i));
  const paths = codec.extensions.map((extension) => path.join(folder, `shard.${extension}`));
  const files = paths.map((file) => new HashedFile(file));
  const writer = codec.startShard(layout, sequences, files);
  let at = 0;
  for (const count of blocks) {
    const end = at + count * sequenceLength;
    writer.append(codec.encodeBlock(layout, tokens.subarray(at, end)));
    at = end;
  }
  writer.finish();
  for (const file of files) file.publish();
  return { layout, sequences, paths, tokens };
}

async function readAll(format: DatasetFormat, written: Written): Promise<Int32Array> {
  const opener = await openerOf(format);
  const reader = await opener.openShard(written.layout, written.sequences, written.paths);
  try {
    return await reader.read(0, written.sequences);
  } finally {
    await reader.close();
  }
}

const VOCABULARIES = [2, 10_002, 65_536, 65_537, 2 ** 31 - 1];
const IS_UINT16 = (format: DatasetFormat) => format === 'nanogpt' || format === 'llmc';

const scramble = (vocabSize: number) => (i: number) =>
  (Math.imul(i + 1, 2654435761) >>> 1) % vocabSize;

describe.each(DATASET_FORMATS)('%s', (format) => {
  test('reads what was written, by any range', async () => {
    const opener = await openerOf(format);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...(IS_UINT16(format) ? VOCABULARIES.slice(0, 3) : VOCABULARIES)),
        fc.integer({ min: 1, max: 70 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat(),
        async (vocabSize, length, blocks, a, b) => {
          const written = await write(format, vocabSize, length, blocks, scramble(vocabSize));
          const { layout, sequences, paths, tokens } = written;
          const reader = await opener.openShard(layout, sequences, paths);
          const first = a % sequences;
          const count = b % (sequences - first + 1);
          const range = tokens.subarray(first * length, (first + count) * length);
          expect(await reader.read(first, count)).toEqual(range);
          expect(await reader.read(0, sequences)).toEqual(tokens);
          const labels = await reader.readLabels?.(first, count);
          const masked = range.map((token, i) => (i % length < layout.firstTarget ? -100 : token));
          if (labels) expect(labels).toEqual(masked);
          await expect(reader.read(1, sequences)).rejects.toThrow(UserError);
          await reader.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  test('what its loaders read as uint16 is refused where it does not fit', async () => {
    const codec = await loadCodec(format);
    if (!IS_UINT16(format)) return expect(codec.chooseDType(65_537)).not.toBe('uint16');
    expect(codec.chooseDType(65_536)).toBe('uint16');
    expect(() => codec.chooseDType(65_537)).toThrow('65537 token ids do not fit the uint16');
  });

  test('a row token is stored, checked and taken away', async () => {
    const written = await write(format, 100, 20, [3, 2], scramble(100));
    const codec = await loadCodec(format);
    if (!['llmc', 'megatron'].includes(format)) return;
    for (const place of ['first', 'last'] as const) {
      const layout = { ...written.layout, rowToken: { place, id: 100 } };
      const files = written.paths.map((file) => new HashedFile(file));
      const writer = codec.startShard(layout, 5, files);
      writer.append(codec.encodeBlock(layout, written.tokens));
      writer.finish();
      for (const file of files) file.publish();
      const reader = await codec.openShard(layout, 5, written.paths);
      expect(await reader.read(0, 5)).toEqual(written.tokens);
      expect(await reader.read(2, 2)).toEqual(written.tokens.subarray(40, 80));
      await reader.close();
      const other = await codec.openShard(
        { ...layout, rowToken: { place, id: 99 } },
        5,
        written.paths,
      );
      await expect(other.read(3, 1)).rejects.toThrow('row 3 has 100 where 99 belongs');
      await other.close();
    }
  });

  test('one block or several make the same tokens', async () => {
    const one = await write(format, 100, 20, [6], scramble(100));
    const bytes = one.paths.map((file) => readFileSync(file));
    const tokens = await readAll(format, one);
    const many = await write(format, 100, 20, [1, 3, 2], scramble(100));
    expect(await readAll(format, many)).toEqual(tokens);
    // A row group is a block, so Parquet's bytes differ; blocks depend on nothing but the options.
    if (format !== 'parquet') expect(many.paths.map((file) => readFileSync(file))).toEqual(bytes);
  });

  test('a damaged file is an error for people, or other tokens, never a fault', async () => {
    const written = await write(format, 10_002, 30, [5, 4], scramble(10_002));
    const intact = written.paths.map((file) => readFileSync(file));
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: intact.length - 1 }),
        fc.constantFrom('cut', 'flip', 'append', 'foreign'),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (which, kind, position, value) => {
          const bytes = Buffer.from(intact[which]!);
          const at = position % bytes.length;
          bytes[at] = kind === 'flip' ? bytes[at]! ^ value : bytes[at]!;
          const damaged = {
            cut: bytes.subarray(0, at),
            flip: bytes,
            append: Buffer.concat([bytes, Buffer.from([value])]),
            foreign: Buffer.from(`<!doctype html>${'x'.repeat(at)}`),
          }[kind];
          for (const [i, file] of written.paths.entries()) {
            writeFileSync(file, i === which ? damaged : intact[i]!);
          }
          const outcome = await readAll(format, written).catch((error: unknown) => error);
          if (outcome instanceof Int32Array) {
            expect(outcome.length).toBe(written.tokens.length);
            // Only what has the length of the original, or extra bytes where a format ignores them, can be mistaken.
            const isShorter = damaged.length < intact[which]!.length;
            if (isShorter) throw new Error(`${kind} at ${at} was read`);
          } else {
            expect(outcome).toBeInstanceOf(UserError);
            expect((outcome as UserError).message).toContain(path.join(folder, 'shard.'));
          }
        },
      ),
      // Some damage to Parquet costs a process.
      { numRuns: format === 'parquet' ? 20 : 120 },
    );
  });

  test('one shard is read without an opener, too', async () => {
    const { layout, sequences, paths, tokens } = await write(format, 9, 20, [2], scramble(9));
    const reader = await (await loadCodec(format)).openShard(layout, sequences, paths);
    expect(await reader.read(0, sequences)).toEqual(tokens);
    await reader.close();
  });

  test('a missing file is named', async () => {
    const written = await write(format, 100, 20, [2], scramble(100));
    const last = written.paths.at(-1)!;
    rmSync(last);
    await expect(readAll(format, written)).rejects.toThrow(`${last}: the file is missing`);
  });
});

describe('what is in the files', () => {
  test('bin: uint16 up to 65,536 ids, uint32 beyond', async () => {
    const { paths } = await write('bin', 65_536, 2, [1], (i) => 65_535 - i);
    expect([...readFileSync(paths[0]!)]).toEqual([0xff, 0xff, 0xfe, 0xff]);
    await write('bin', 65_537, 2, [1], (i) => 65_536 - i);
    expect([...readFileSync(paths[0]!)]).toEqual([0, 0, 1, 0, 0xff, 0xff, 0, 0]);
  });

  test('megatron: the index, byte for byte', async () => {
    const { paths } = await write('megatron', 100, 5, [2, 1], (i) => i);
    const hex = readFileSync(paths[1]!).toString('hex');
    const int64 = (value: number) => `${value.toString(16).padStart(2, '0')}00000000000000`;
    expect(hex).toBe(
      [
        '4d4d494449445800' + '00',
        int64(1),
        '08',
        int64(3),
        int64(4),
        '05000000'.repeat(3),
        ...[0, 10, 20].map(int64),
        ...[0, 1, 2, 3].map(int64),
      ].join(''),
    );
  });

  test('parquet: another reader finds both columns', async () => {
    const { paths, tokens } = await write('parquet', 500, 8, [3, 2], scramble(500));
    const bytes = readFileSync(paths[0]!);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const rows = await parquetReadObjects({ file: file as ArrayBuffer });
    expect(rows).toHaveLength(5);
    rows.forEach((row, i) => {
      const own = [...tokens.subarray(i * 8, (i + 1) * 8)];
      expect(row).toEqual({ input_ids: own, labels: [-100, -100, -100, ...own.slice(3)] });
    });
  });

  test('jsonl: a line a sequence', async () => {
    const { paths } = await write('jsonl', 500, 5, [1, 1], (i) => i);
    expect(readFileSync(paths[0]!, 'utf8')).toBe(
      '{"input_ids":[0,1,2,3,4],"labels":[-100,-100,-100,3,4]}\n' +
        '{"input_ids":[5,6,7,8,9],"labels":[-100,-100,-100,8,9]}\n',
    );
  });
});
