// Files with one bit flipped, one after the other.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { foldIn, type Key, keyFromSeed, randomInt } from '../../src/core/index.ts';

/** Bytes at the beginning of a file that are tried each: headers of safetensors, and small files whole. */
const BEGINNING = 1200;

/**
 * Flips a bit in `file`, one position after the other, and puts the file back at the end. Says what it flipped.
 *
 * @param stride every so many bytes of the beginning are tried, and a twelfth as many of what follows
 */
export function* flipBits(file: string, stride: number): Generator<string> {
  const bytes = readFileSync(file);
  const key = keyFromSeed(bytes.length);
  for (const position of choosePositions(bytes.length, stride, key)) {
    const bit = randomInt(foldIn(foldIn(key, 'bit'), position), 8);
    const flipped = Uint8Array.from(bytes);
    flipped[position]! ^= 1 << bit;
    writeFileSync(file, flipped);
    yield `${path.basename(file)}: byte ${position}, bit ${bit}`;
  }
  writeFileSync(file, bytes);
}

function choosePositions(size: number, stride: number, key: Key): number[] {
  const begin = Math.min(size, BEGINNING);
  const first = Array.from({ length: begin }, (_, i) => i).filter((i) => i % stride === 0);
  if (size === begin) return first;
  const count = Math.ceil(100 / stride);
  const later = Array.from(
    { length: count },
    (_, i) => begin + randomInt(foldIn(key, i), size - begin),
  );
  return [...first, ...later];
}
