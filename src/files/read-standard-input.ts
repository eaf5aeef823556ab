// Standard input and other descriptors that are open, to their end and within a bound.

import { readSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import { explainReadError } from './read-file.ts';

const STANDARD_INPUT = 0;
const CHUNK_BYTES = 65_536;
const RETRY_MS = 5;

/**
 * The bytes up to the end, waiting for whoever writes them.
 *
 * @param what names the descriptor in errors
 * @throws UserError if it cannot be read or has more than `maxBytes` bytes
 */
export function readDescriptor(descriptor: number, what: string, maxBytes: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let length = 0; length <= maxBytes; ) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const count = readChunk(descriptor, chunk, what);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
    length += count;
  }
  throw new UserError(`${what} has more than ${maxBytes.toLocaleString('en-US')} bytes`);
}

/** Standard input, as `readDescriptor`. */
export function readStandardInput(maxBytes: number): Uint8Array {
  return readDescriptor(STANDARD_INPUT, 'standard input', maxBytes);
}

function readChunk(descriptor: number, chunk: Uint8Array, what: string): number {
  for (;;) {
    try {
      return readSync(descriptor, chunk);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Windows says so at the end of a pipe.
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw explainReadError(what, error);
      // Another process made the pipe non-blocking, and nothing is there yet.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
