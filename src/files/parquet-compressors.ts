// The compressions of Parquet pages.

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { CompressionCodec, Compressors } from 'hyparquet';

/**
 * Decompressors for all that writers use: snappy, gzip, zstd, brotli and both kinds of lz4. Of those that take long to load, the ones
 * that are needed.
 *
 * @param maxBytes most bytes of a page; the library compares them with what the page's header says
 * @param needed the codecs of the columns that are read
 */
export async function loadParquetCompressors(
  maxBytes: number,
  needed: ReadonlySet<CompressionCodec>,
): Promise<Compressors> {
  const bounded =
    (decompress: (bytes: Uint8Array, outputBytes: number) => Uint8Array) =>
    (bytes: Uint8Array, outputBytes: number) => {
      if (!(outputBytes >= 0 && outputBytes <= maxBytes)) {
        throw new Error(`a page of ${outputBytes.toLocaleString('en-US')} bytes is too large`);
      }
      return decompress(bytes, outputBytes);
    };
  const found: Compressors = {
    GZIP: bounded((bytes, length) => gunzipSync(bytes, { maxOutputLength: length || 1 })),
    BROTLI: bounded((bytes, length) =>
      brotliDecompressSync(bytes, { maxOutputLength: length || 1 }),
    ),
  };
  const isNeeded = (codec: CompressionCodec) => needed.has(codec);
  const ofPackage = (['SNAPPY', 'LZ4', 'LZ4_RAW'] as const).filter(isNeeded);
  if (ofPackage.length > 0) {
    const { compressors } = await import('hyparquet-compressors');
    for (const codec of ofPackage) found[codec] = bounded(compressors[codec]!);
  }
  if (isNeeded('ZSTD')) {
    // Those of the package take no bound, and damaged data keeps them busy forever.
    const { loadZstd } = await import('./compression/zstd.ts');
    const decompressZstd = await loadZstd();
    found.ZSTD = bounded((bytes, length) => joinPieces(decompressZstd(bytes), length));
  }
  return found;
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
