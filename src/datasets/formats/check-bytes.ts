// What an intact file must hold, compared with what it holds.

import type { FileHandle } from 'node:fs/promises';
import { damagedFile } from './codec.ts';
import { readExactly } from './raw-tokens.ts';

/** @throws UserError unless a file has as many bytes as expected */
export function checkSize(file: string, size: number, expected: number): void {
  if (size === expected) return;
  const problem = size < expected ? 'truncated' : 'too long';
  throw damagedFile(file, `it has ${size} bytes, not ${expected}: ${problem}`);
}

/**
 * Compares a file from its first byte on with pieces that follow one another.
 *
 * @param what the file has there, for the error
 * @returns where the pieces end
 * @throws UserError at the first byte that differs
 */
export async function checkPieces(
  handle: FileHandle,
  file: string,
  pieces: Iterable<Buffer>,
  what: string,
): Promise<number> {
  let position = 0;
  for (const piece of pieces) {
    const found = await readExactly(handle, file, position, piece.length);
    if (!found.equals(piece)) {
      const differing = position + found.findIndex((byte, i) => byte !== piece[i]);
      throw damagedFile(file, `damaged at byte ${differing}: ${what} differ`);
    }
    position += piece.length;
  }
  return position;
}
