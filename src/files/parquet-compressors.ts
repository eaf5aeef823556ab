// The compressions of Parquet pages.

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Compressors } from 'hyparquet';
import { loadZstd } from './compression/zstd.ts';

/**
 * Decompressors for all that writers use: snappy, gzip, zstd, brotli and both kinds of lz4.
 *
 * @param maxBytes most bytes of a page; the library compares them with what the page's header says
 */
export async function loadParquetCompressors(maxBytes: number): Promise<Compressors> {
  const [{ compressors }, decompressZstd] = await Promise.all([
    import('hyparquet-compressors'),
    loadZstd(),
  ]);
  const { SNAPPY, LZ4, LZ4_RAW } = compressors as Required<Compressors>;
  const bounded =
    (decompress: (bytes: Uint8Array, outputBytes: number) => Uint8Array) =>
    (bytes: Uint8Array, outputBytes: number) => {
      if (!(outputBytes >= 0 && outputBytes <= maxBytes)) {
        throw new Error(`a page of ${outputBytes.toLocaleString('en-US')} bytes is too large`);
      }
      return decompress(bytes, outputBytes);
    };
  return {
    SNAPPY: bounded(SNAPPY),
    GZIP: bounded((bytes, length) => gunzipSync(bytes, { maxOutputLength: length || 1 })),
    BROTLI: bounded((bytes, length) =>
      brotliDecompressSync(bytes, { maxOutputLength: length || 1 }),
    ),
    // Those of the package take no bound, and damaged data keeps them busy forever.
    ZSTD: bounded((bytes, length) => joinPieces(decompressZstd(bytes), length)),
    LZ4: bounded(LZ4),
    LZ4_RAW: bounded(LZ4_RAW),
  };
}

function joinPieces(pieces: Iterable<Uint8Array>, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  for (const piece of pieces) {
    if (filled + piece.length > length) throw new Error('a page is longer than its header says');
    bytes.set(piece, filled);
    filled += piece.length;
  }
  return bytes.subarray(0, filled);
}
