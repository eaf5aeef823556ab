// Files in pieces, decompressed where they are compressed.

import { closeSync, readSync } from 'node:fs';
import { UserError } from '../../core/index.ts';
import { LimitedWorker } from '../limited-worker.ts';
import { explainReadError, openRegularFile, type ReadBounds } from '../read-file.ts';
import { MAX_DECOMPRESSED_BYTES } from './decompress.ts';
import type { DecompressRequest } from './decompress-worker.ts';
import { detectCompression } from './detect-compression.ts';

const PIECE_BYTES = 2 ** 24;
const MAGIC_BYTES = 16;
/** Decoders take time in proportion to their data; this allows for slow and busy machines. */
const TIMEOUT_MS = 60_000;

/**
 * Reads files piece by piece. What begins with the magic number of gzip, zstd, bzip2 or xz is decompressed, whatever its
 * name, in a thread that is shared by all files and started by the first that needs it.
 */
export class PieceReader {
  private readonly worker = new LimitedWorker(workerUrl());

  /**
   * The content of a file. A file must be read to its end, or be given up, before the next one.
   *
   * @throws UserError as `openRegularFile`, for more than `maxBytes` (2 GiB by default), and as `decompress`
   */
  *read(file: string, bounds: ReadBounds = {}): Generator<Uint8Array> {
    const { maxBytes = MAX_DECOMPRESSED_BYTES } = bounds;
    const { descriptor, size } = openRegularFile(file, bounds);
    try {
      const magic = readAt(file, descriptor, 0, Math.min(MAGIC_BYTES, size));
      if (detectCompression(magic) === undefined) {
        if (size > maxBytes) throw tooLong(file, size, maxBytes);
        for (let at = 0; at < size; at += PIECE_BYTES) {
          yield readAt(file, descriptor, at, Math.min(PIECE_BYTES, size - at));
        }
        return;
      }
    } finally {
      closeSync(descriptor);
    }
    let piece = this.call(file, { kind: 'open', file, maxBytes });
    for (; piece !== null; piece = this.call(file, { kind: 'next' })) yield piece;
  }

  /** Ends the thread. */
  close(): void {
    this.worker.close();
  }

  private call(file: string, request: DecompressRequest): Uint8Array | null {
    const limits = { what: `decompressing ${file}`, timeoutMs: TIMEOUT_MS };
    return this.worker.call(request, limits) as Uint8Array | null;
  }
}

function tooLong(file: string, size: number, maxBytes: number): UserError {
  const [has, may] = [size, maxBytes].map((bytes) => bytes.toLocaleString('en-US'));
  return new UserError(`${file} has ${has} bytes, more than the ${may} that are read here`, {
    hint: 'split it into smaller files',
  });
}

/** Bytes `start` .. `start + length - 1`; fewer where the file has been cut short since it was opened. */
function readAt(file: string, descriptor: number, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  try {
    while (filled < length) {
      const count = readSync(descriptor, bytes, filled, length - filled, start + filled);
      if (count === 0) break;
      filled += count;
    }
  } catch (error) {
    throw explainReadError(file, error);
  }
  return bytes.subarray(0, filled);
}

/** Threads are plain JavaScript: from sources, the built one is used. */
function workerUrl(): URL {
  const built = '../../../dist/files/compression/decompress-worker.js';
  return new URL(
    import.meta.url.endsWith('.ts') ? built : './decompress-worker.js',
    import.meta.url,
  );
}
