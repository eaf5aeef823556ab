// Decompression in pieces, by magic number, within a bound that is checked while it runs.

import { createGunzip } from 'node:zlib';
import { UserError } from '../../core/index.ts';
import { decompressBzip2 } from './bzip2.ts';
import type { Compression } from './detect-compression.ts';
import { decompressXz } from './xz.ts';
import { loadZstd } from './zstd.ts';

/** Most bytes that one file may decompress to: 2 GiB. */
export const MAX_DECOMPRESSED_BYTES = 2 ** 31;
/**
 * Text shrinks to a fifth or so, the most repetitive logs to a hundredth. What expands further was made to exhaust
 * memory.
 */
const MAX_RATIO = 1000;
const FREE_BYTES = 2 ** 26;
const CHUNK_BYTES = 2 ** 18;

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

const DECOMPRESSORS: Readonly<Record<Compression, (bytes: Uint8Array) => Pieces>> = {
  gzip: decompressGzip,
  zstd: decompressZstd,
  bzip2: decompressBzip2,
  xz: decompressXz,
};

/**
 * What compressed bytes hold, in pieces with a buffer of their own. They may consist of several members, frames or
 * streams, one after the other. Checksums are verified.
 *
 * @param where what the bytes are, for errors
 * @throws UserError if the data is damaged or cut short, and when it expands to more than `maxBytes` or, past 64 MiB,
 *   to more than a thousand times its size
 */
export async function* decompress(
  compression: Compression,
  bytes: Uint8Array,
  where: string,
  { maxBytes = MAX_DECOMPRESSED_BYTES }: { readonly maxBytes?: number } = {},
): AsyncGenerator<Uint8Array> {
  const dense = Math.max(FREE_BYTES, MAX_RATIO * bytes.length);
  let total = 0;
  try {
    for await (const piece of DECOMPRESSORS[compression](bytes)) {
      total += piece.length;
      if (total > maxBytes) throw tooLarge(where, maxBytes);
      if (total > dense) throw tooDense(where, dense);
      yield piece;
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${where} is not intact ${compression} data (${reason})`, {
      hint: 'fetch or compress the file again',
      cause: error,
    });
  }
}

function tooLarge(where: string, limit: number): UserError {
  return new UserError(`${where} holds more than ${formatBytes(limit)} when decompressed`, {
    hint: 'split it into smaller files',
  });
}

function tooDense(where: string, limit: number): UserError {
  return new UserError(
    `${where} expands to more than ${formatBytes(limit)}, ${MAX_RATIO.toLocaleString('en-US')} times its size or more`,
    { hint: 'if it is meant to, decompress it first and name the decompressed file' },
  );
}

function formatBytes(bytes: number): string {
  return bytes % 2 ** 30 === 0
    ? `${bytes / 2 ** 30} GiB`
    : `${Math.round(bytes / 2 ** 20).toLocaleString('en-US')} MiB`;
}

async function* decompressZstd(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* (await loadZstd())(bytes);
}

async function* decompressGzip(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  gunzip.end(bytes);
  // Chunks are views of a pool.
  for await (const piece of gunzip) yield new Uint8Array(piece as Buffer);
}
