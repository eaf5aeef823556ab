// bzip2: blocks of up to 900 kB, each run-length coded, sorted by the Burrows-Wheeler transform and Huffman coded.
//
// Ours because the packages for it never return from a run that is coded to be longer than 2^31, and decompress three
// megabytes per second.

import { BitReader, readHuffmanTable } from './bzip2-bits.ts';

const STREAM_MAGIC = 0x425a68; // "BZh"
const BLOCK_MAGIC = [0x314159, 0x265359];
const END_MAGIC = [0x177245, 0x385090];
const SYMBOLS_PER_SELECTOR = 50;
const RUN_B = 1;
/** 2^20 is more than a block can hold. */
const MAX_RUN_DIGITS = 20;
const OUTPUT_BYTES = 2 ** 20;
const LONGEST_RUN = 255;

/**
 * Decompresses streams, one after the other. The checksums of blocks and streams are verified.
 *
 * @throws Error that says why it cannot
 */
export function* decompressBzip2(bytes: Uint8Array): Generator<Uint8Array> {
  const reader = new BitReader(bytes);
  let cells = new Uint32Array(0);
  do {
    const size = readHeader(reader);
    // Kept for the next stream: there may be very many.
    if (cells.length < size) cells = new Uint32Array(size);
    yield* readBlocks(reader, cells.subarray(0, size));
    reader.alignToByte();
  } while (!reader.atEnd());
}

/** Reads the header of a stream: the bytes that a block of it may have. */
function readHeader(reader: BitReader): number {
  if (reader.read(24) !== STREAM_MAGIC) throw new Error('something follows its end');
  const level = reader.read(8) - 0x30;
  if (level < 1 || level > 9) throw damaged();
  return 100_000 * level;
}

function* readBlocks(reader: BitReader, cells: Uint32Array): Generator<Uint8Array> {
  let combined = 0;
  for (;;) {
    const magic = [reader.read(24), reader.read(24)];
    const checksum = reader.readWord();
    if (isMagic(magic, END_MAGIC)) {
      if (checksum !== combined) throw wrongChecksum();
      return;
    }
    if (!isMagic(magic, BLOCK_MAGIC)) throw damaged();
    if (reader.read(1) === 1) throw new Error('it was written by bzip2 before 0.9.5');
    const origin = reader.read(24);
    const length = readBlock(reader, cells);
    if (origin >= length) throw damaged();
    if ((yield* restoreBlock(cells, length, origin)) !== checksum) throw wrongChecksum();
    combined = (((combined << 1) | (combined >>> 31)) ^ checksum) >>> 0;
  }
}

const isMagic = (read: readonly number[], magic: readonly number[]) =>
  read.every((word, i) => word === magic[i]);
const damaged = () => new Error('its data is damaged');
const wrongChecksum = () => new Error('wrong checksum');

/** Decodes the bytes of a block, as they were after sorting, into the low bytes of `cells`; how many there are. */
function readBlock(reader: BitReader, cells: Uint32Array): number {
  // Bytes that occur, by recency of use.
  const recent = readUsedBytes(reader);
  const endOfBlock = recent.length + 1;
  const tableCount = reader.read(3);
  if (tableCount < 2 || tableCount > 6) throw damaged();
  const selectors = readSelectors(reader, tableCount);
  const tables = Array.from({ length: tableCount }, () => readHuffmanTable(reader, endOfBlock + 1));

  let [length, group, run, digits] = [0, 0, 0, 0];
  for (;;) {
    const selector = selectors[group++];
    if (selector === undefined) throw damaged();
    const table = tables[selector]!;
    for (let i = 0; i < SYMBOLS_PER_SELECTOR; i++) {
      const symbol = reader.readSymbol(table);
      if (symbol <= RUN_B) {
        // The length of a run in bijective base 2, lowest digit first.
        run += (symbol + 1) << digits++;
        if (digits > MAX_RUN_DIGITS) throw damaged();
        continue;
      }
      if (run > 0) {
        if (length + run > cells.length) throw damaged();
        cells.fill(recent[0]!, length, length + run);
        [length, run, digits] = [length + run, 0, 0];
      }
      if (symbol === endOfBlock) return length;
      if (length === cells.length) throw damaged();
      cells[length++] = moveToFront(recent, symbol - 1);
    }
  }
}

function readUsedBytes(reader: BitReader): Uint8Array {
  const ranges = reader.read(16);
  const used: number[] = [];
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >> range)) === 0) continue;
    const bits = reader.read(16);
    for (let i = 0; i < 16; i++) if ((bits & (0x8000 >> i)) !== 0) used.push(16 * range + i);
  }
  if (used.length === 0) throw damaged();
  return Uint8Array.from(used);
}

function readSelectors(reader: BitReader, tableCount: number): Uint8Array {
  const recent = Uint8Array.from({ length: tableCount }, (_, i) => i);
  const selectors = new Uint8Array(reader.read(15));
  for (let i = 0; i < selectors.length; i++) {
    let position = 0;
    while (reader.read(1) === 1) if (++position === tableCount) throw damaged();
    selectors[i] = moveToFront(recent, position);
  }
  return selectors;
}

function moveToFront(recent: Uint8Array, position: number): number {
  const value = recent[position]!;
  for (let i = position; i > 0; i--) recent[i] = recent[i - 1]!;
  recent[0] = value;
  return value;
}

/** Undoes the sorting and the outer run lengths of a block of `length` bytes. Returns the checksum of what it yields. */
function* restoreBlock(
  cells: Uint32Array,
  length: number,
  origin: number,
): Generator<Uint8Array, number> {
  linkCells(cells, length);
  const bytes = new Uint8Array(OUTPUT_BYTES + LONGEST_RUN);
  let [filled, checksum, repeats, last] = [0, 0xffff_ffff, 0, -1];
  let cell = cells[origin]!;
  for (let i = 0; i < length; i++) {
    cell = cells[cell >>> 8]!;
    const byte = cell & 0xff;
    let count = 1;
    if (repeats === 4) {
      // Four equal bytes are followed by how many more of them there are.
      [count, repeats] = [byte, 0];
    } else {
      repeats = byte === last ? repeats + 1 : 1;
      last = byte;
    }
    for (; count > 0; count--) {
      bytes[filled++] = last;
      checksum = (checksum << 8) ^ CHECKSUMS[(checksum >>> 24) ^ last]!;
    }
    if (filled >= OUTPUT_BYTES) {
      yield bytes.slice(0, filled);
      filled = 0;
    }
  }
  if (filled > 0) yield bytes.slice(0, filled);
  return ~checksum >>> 0;
}

/** Adds to each byte, above its eight bits, where in `cells` the byte after it in the text lies. */
function linkCells(cells: Uint32Array, length: number): void {
  const next = new Uint32Array(256);
  for (let i = 0; i < length; i++) next[cells[i]!]!++;
  for (let byte = 0, sum = 0; byte < 256; byte++) {
    const count = next[byte]!;
    next[byte] = sum;
    sum += count;
  }
  for (let i = 0; i < length; i++) cells[next[cells[i]! & 0xff]!++]! |= i << 8;
}

/** CRC-32 of each byte, most significant bit first. */
const CHECKSUMS = Int32Array.from({ length: 256 }, (_, byte) => {
  let checksum = byte << 24;
  for (let bit = 0; bit < 8; bit++) {
    checksum = checksum < 0 ? (checksum << 1) ^ 0x04c11db7 : checksum << 1;
  }
  return checksum;
});
