// What was appended to a file of lines since it was last read.

import { open } from 'node:fs/promises';

export type TailedLines = {
  /** Whole lines, without their ends. */
  readonly lines: readonly string[];
  /** Where to go on, bytes. */
  readonly next: number;
  /** Whether the file was cut back below `from`, so that what was read before may not stand any more. */
  readonly isCut: boolean;
};

/** Bytes that are read at once. */
const CHUNK_BYTES = 4 << 20;

/**
 * Reads whole lines from a byte on; a last line without an end is left for the next time.
 *
 * @param from where a line begins
 * @param maxBytes read at most; what remains is found by another call
 */
export async function tailLines(
  file: string,
  from: number,
  maxBytes: number = CHUNK_BYTES,
): Promise<TailedLines> {
  const handle = await open(file, 'r').catch((error) => {
    if (Object(error).code === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return { lines: [], next: 0, isCut: from > 0 };
  try {
    const { size } = await handle.stat();
    if (size < from) return { lines: [], next: 0, isCut: true };
    const buffer = Buffer.alloc(Math.min(maxBytes, size - from));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    const text = buffer.toString('utf8', 0, end);
    return {
      lines: text === '' ? [] : text.slice(0, -1).split('\n'),
      next: from + end,
      isCut: false,
    };
  } finally {
    await handle.close();
  }
}
