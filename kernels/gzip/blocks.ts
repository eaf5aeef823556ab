// The size of a deflate block, and zlib's choice of its kind: stored, fixed codes, or codes of its own.

import { buildCode, largestSymbol } from './huffman.ts';

const LITERALS_AND_LENGTHS: i32 = 286;
const DISTANCES: i32 = 30;
const END_OF_BLOCK: i32 = 256;
const REPEAT_PREVIOUS: i32 = 16;
const REPEAT_ZERO_FEW: i32 = 17;
const REPEAT_ZERO_MANY: i32 = 18;

/** How often the symbols of the block occur, uint32. */
export const symbolCounts: usize = memory.data(288 * 4, 16);
export const distanceCounts: usize = memory.data(32 * 4, 16);

const symbolLengths: usize = memory.data(288 * 2, 16);
const distanceLengths: usize = memory.data(32 * 2, 16);
const lengthCounts: usize = memory.data(20 * 4, 16);
const lengthLengths: usize = memory.data(20 * 2, 16);
/** The order in which a block states the lengths of the codes of code lengths. */
const LENGTH_ORDER: usize = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

/** Empties the counts, for a new block. */
export function startBlock(): void {
  memory.fill(symbolCounts, 0, 288 * 4);
  memory.fill(distanceCounts, 0, 32 * 4);
  store<u32>(symbolCounts + (END_OF_BLOCK << 2), 1);
}

/** The number of bits written after the block counted, which stands for `bytes` bytes, when there were `bits` before. */
export function endBlock(bits: u32, bytes: u32): u32 {
  const extra = countExtraBits();
  let own = buildCode(symbolCounts, symbolLengths, LITERALS_AND_LENGTHS, 15) + extra;
  const symbols = largestSymbol;
  own += buildCode(distanceCounts, distanceLengths, DISTANCES, 15);
  own += countHeaderBits(symbols, largestSymbol);
  const fixed = countFixedBits() + extra;
  const fixedBytes = (fixed + 10) >>> 3;
  const ownBytes = (own + 10) >>> 3;
  const usesFixed = fixedBytes <= ownBytes;
  if (bytes + 4 <= (usesFixed ? fixedBytes : ownBytes)) {
    return ((bits + 10) & ~7) + 32 + (bytes << 3);
  }
  return bits + 3 + (usesFixed ? fixed : own);
}

/** Bits that follow the codes of lengths and distances. */
function countExtraBits(): u32 {
  let bits: u32 = 0;
  for (let code = 8; code < 28; code++) {
    bits += load<u32>(symbolCounts + ((257 + code) << 2)) * ((code >> 2) - 1);
  }
  for (let code = 4; code < DISTANCES; code++) {
    bits += load<u32>(distanceCounts + (code << 2)) * ((code >> 1) - 1);
  }
  return bits;
}

function countFixedBits(): u32 {
  return (
    8 * sumCounts(symbolCounts, 0, 144) +
    9 * sumCounts(symbolCounts, 144, 256) +
    7 * sumCounts(symbolCounts, 256, 280) +
    8 * sumCounts(symbolCounts, 280, LITERALS_AND_LENGTHS) +
    5 * sumCounts(distanceCounts, 0, DISTANCES)
  );
}

function sumCounts(counts: usize, from: i32, to: i32): u32 {
  let sum: u32 = 0;
  for (let i = from; i < to; i++) sum += load<u32>(counts + (i << 2));
  return sum;
}

/** Bits that state a block's own codes. */
function countHeaderBits(largestOfSymbols: i32, largestOfDistances: i32): u32 {
  memory.fill(lengthCounts, 0, 80);
  countRuns(symbolLengths, largestOfSymbols);
  countRuns(distanceLengths, largestOfDistances);
  const codes = buildCode(lengthCounts, lengthLengths, 19, 7);
  let last = 18;
  while (last >= 3 && load<u16>(lengthLengths + (u32(load<u8>(LENGTH_ORDER + last)) << 1)) === 0) {
    last--;
  }
  return (
    14 +
    3 * (last + 1) +
    codes +
    2 * load<u32>(lengthCounts + (REPEAT_PREVIOUS << 2)) +
    3 * load<u32>(lengthCounts + (REPEAT_ZERO_FEW << 2)) +
    7 * load<u32>(lengthCounts + (REPEAT_ZERO_MANY << 2))
  );
}

function addCount(symbol: u32, count: u32): void {
  const at = lengthCounts + (symbol << 2);
  store<u32>(at, load<u32>(at) + count);
}

/** Counts the symbols that state the code lengths of symbols 0 to `last`, runs of equal ones in short. */
function countRuns(lengths: usize, last: i32): void {
  // No length is equal to this one: it ends the last run.
  store<u16>(lengths + ((last + 1) << 1), 0xffff);
  let previous: u32 = 0xffff;
  let next: u32 = load<u16>(lengths);
  let run: u32 = 0;
  let longest: u32 = next === 0 ? 138 : 7;
  let shortest: u32 = next === 0 ? 3 : 4;
  for (let i = 0; i <= last; i++) {
    const length = next;
    next = load<u16>(lengths + ((i + 1) << 1));
    run++;
    if (run < longest && length === next) continue;
    if (run < shortest) addCount(length, run);
    else if (length !== 0) {
      if (length !== previous) addCount(length, 1);
      addCount(REPEAT_PREVIOUS, 1);
    } else addCount(run <= 10 ? REPEAT_ZERO_FEW : REPEAT_ZERO_MANY, 1);
    run = 0;
    previous = length;
    if (next === 0) {
      longest = 138;
      shortest = 3;
    } else {
      longest = length === next ? 6 : 7;
      shortest = length === next ? 3 : 4;
    }
  }
}
