// Decompression against the tools that compress, and against files that were made to break it.

import { execFileSync, spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPRESSED_LINES, fromBase64, JSON_LINES } from '../../../test/support/text-fixtures.ts';
import { UserError } from '../../core/index.ts';
import { decompress } from './decompress.ts';
import { type Compression, detectCompression, stripCompression } from './detect-compression.ts';

const MIB = 2 ** 20;

async function unpack(bytes: Uint8Array, options: { maxBytes?: number } = {}): Promise<Buffer> {
  return unpackAs(detectCompression(bytes)!, bytes, options);
}

async function unpackAs(
  compression: Compression,
  bytes: Uint8Array,
  options: { maxBytes?: number } = {},
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of decompress(compression, bytes, 'a file', options)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Bytes that come out before it ends, and what ends it. */
async function measure(bytes: Uint8Array): Promise<{ bytes: number; error: unknown }> {
  let total = 0;
  try {
    const compression = detectCompression(bytes)!;
    for await (const piece of decompress(compression, bytes, 'a file')) total += piece.length;
  } catch (error) {
    return { bytes: total, error };
  }
  return { bytes: total, error: null };
}

const FIXTURES: readonly (readonly [Compression, Uint8Array])[] = [
  ['gzip', gzipSync(JSON_LINES)],
  ...Object.entries(COMPRESSED_LINES).map(
    ([name, text]) => [name as Compression, fromBase64(text)] as const,
  ),
];

const TOOLS: readonly (readonly [Compression, string, readonly string[]])[] = [
  ['gzip', 'gzip', ['-c']],
  ['zstd', 'zstd', ['-q', '-c']],
  ['zstd', 'zstd', ['-q', '-c', '-19', '--long=27']],
  ['bzip2', 'bzip2', ['-c']],
  ['bzip2', 'bzip2', ['-c', '-1']],
  ['xz', 'xz', ['-c', '-0']],
  ['xz', 'xz', ['-c', '-6', '--check=crc32', '--block-size=4096']],
];
const has = (tool: string) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;

/** Bytes that compress well, badly, and in long runs. */
const anyBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 3000 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 20_000 }))
        .map(([unit, count]) => Buffer.alloc(count, unit)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

describe('decompress', () => {
  for (const [format, tool, args] of TOOLS) {
    it.skipIf(!has(tool))(`undoes ${tool} ${args.join(' ')}`, async () => {
      const pack = (input: Uint8Array) => execFileSync(tool, args, { input });
      await fc.assert(
        fc.asyncProperty(anyBytes, anyBytes, async (a, b) => {
          const packed = Buffer.concat([pack(a), pack(b)]);
          expect(detectCompression(packed)).toBe(format);
          expect((await unpack(packed)).equals(Buffer.concat([a, b]))).toBe(true);
        }),
        { numRuns: 3 },
      );
    });
  }

  it.each(FIXTURES)(
    '%s: a bit that is flipped anywhere never gives other data',
    async (name, bytes) => {
      // Thirteen shares no factor with eight: every bit of a byte comes up. Changed files of all kinds: test/fuzz.
      for (let bit = 0; bit < 8 * bytes.length; bit += 13) {
        const damaged = Uint8Array.from(bytes);
        damaged[bit >> 3]! ^= 1 << (bit & 7);
        // Some bits of headers mean nothing.
        const found = await unpackAs(name, damaged).catch((error: unknown) => error);
        if (found instanceof UserError)
          expect(found.message).toMatch(/^a file is not intact .*\)$/);
        else expect(String(found)).toBe(JSON_LINES);
      }
    },
  );

  it.each(FIXTURES)('%s: is refused wherever it is cut', async (name, bytes) => {
    for (let length = 1; length < bytes.length; length += 3) {
      await expect(unpackAs(name, bytes.subarray(0, length))).rejects.toThrow(UserError);
    }
    await expect(unpack(Buffer.concat([bytes, Buffer.from('more')]))).rejects.toThrow(UserError);
  });

  it('stops at the bound that is given', async () => {
    for (const [, bytes] of FIXTURES) {
      await expect(unpack(bytes, { maxBytes: JSON_LINES.length })).rejects.toThrow(
        'holds more than',
      );
      const exact = Buffer.byteLength(JSON_LINES);
      expect(String(await unpack(bytes, { maxBytes: exact }))).toBe(JSON_LINES);
    }
  });
});

describe('files that were made to break it', () => {
  it.each<[string, () => Uint8Array]>([
    ['ten kilobytes of zstd that stand for 312 MiB', () => zstdRuns(2500, 131_072)],
    ['sixteen of bzip2 that stand for ten gigabytes', bzip2Bomb],
  ])('%s end at 64 MiB', async (_, make) => {
    const { bytes, error } = await measure(make());
    expect(bytes).toBeLessThanOrEqual(64 * MIB);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain('expands to more than 64 MiB, 1,000 times');
  });

  it('18 bytes of zstd with six billion bytes of matches are damaged', async () => {
    const block = [0x00, 0xff, 0xff, 0xff, 0x54, 0, 0, 52, 0x01];
    const frame = Uint8Array.from([
      ...zstdHeader(19),
      ...zstdBlock(2, block.length, true),
      ...block,
    ]);
    expect((await measure(frame)).error).toMatchObject({
      message: 'a file is not intact zstd data (its data is damaged)',
    });
  });

  it('zstd that asks for more memory than zstd itself allows is refused', async () => {
    const frame = Uint8Array.from([...zstdHeader(28), ...zstdBlock(0, 0, true)]);
    expect((await measure(frame)).error).toMatchObject({
      message: 'a file is not intact zstd data (it needs more than 128 MiB of memory)',
    });
  });

  it('a window of 128 MiB for single bytes costs no more than they do', async () => {
    const blocks = Array.from({ length: 2500 }, (_, i) => [...zstdBlock(1, 1, i === 2499), 97]);
    expect(await measure(Uint8Array.from([...zstdHeader(27), ...blocks.flat()]))).toEqual({
      bytes: 2500,
      error: null,
    });
  });

  it('hundreds of thousands of empty streams are nothing', async () => {
    const skippable = Buffer.alloc(8 * 300_000, Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0));
    const empty = Buffer.from('BZh9\x17rE8P\x90\0\0\0\0', 'latin1');
    const streams = Buffer.alloc(empty.length * 300_000, empty);
    for (const bytes of [skippable, streams]) {
      expect(await measure(bytes)).toEqual({ bytes: 0, error: null });
    }
  });

  it('bzip2 that goes on with random bits is damaged', async () => {
    const found = fc.sample(fc.uint8Array({ minLength: 60, maxLength: 300 }), {
      numRuns: 40,
      seed: 1,
    });
    for (const tail of found) {
      const head = fromBase64(COMPRESSED_LINES.bzip2).subarray(0, 40);
      const { error } = await measure(Buffer.concat([head, tail]));
      expect(error).toBeInstanceOf(UserError);
    }
  });
});

it('stripCompression leaves the name of what is inside', () => {
  const names = ['a.jsonl.zst', 'a.TXT.GZ', 'a.csv.bz2', 'a.xz', 'a.txt'];
  expect(names.map(stripCompression)).toEqual(['a.jsonl', 'a.TXT', 'a.csv', 'a', 'a.txt']);
});

/** A frame header without checksum and length, with a window of 2^`windowLog` bytes. */
function zstdHeader(windowLog: number): number[] {
  return [0x28, 0xb5, 0x2f, 0xfd, 0x00, (windowLog - 10) << 3];
}

function zstdBlock(type: number, size: number, isLast: boolean): number[] {
  const header = Number(isLast) | (type << 1) | (size << 3);
  return [header & 0xff, (header >> 8) & 0xff, header >> 16];
}

/** A frame of blocks that repeat one byte. */
function zstdRuns(blocks: number, length: number): Uint8Array {
  const runs = Array.from({ length: blocks }, (_, i) => [
    ...zstdBlock(1, length, i === blocks - 1),
    97,
  ]);
  return Uint8Array.from([...zstdHeader(17), ...runs.flat()]);
}

/** 220 streams of a block of 45.9 million equal bytes each. */
function bzip2Bomb(): Uint8Array {
  const stream = fromBase64(BZIP2_RUN);
  return Buffer.alloc(stream.length * 220, stream);
}

const BZIP2_RUN =
  'QlpoOTFBWSZTWcJtKvMBX44BAKAAAAggADCATUZCoCWpCoCXMUFZJlNZ94hN5wAAAQEAoAAACCAAIQCCYHF3JFOFCQc1IYAA';
