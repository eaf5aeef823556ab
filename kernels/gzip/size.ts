// The exact size of gzip's output at level 9: deflate with lazy matching as zlib does it, without making the bytes.

import { distanceCounts, endBlock, startBlock, symbolCounts } from './blocks.ts';

/** Inputs up to this size are in zlib's window from the first byte to the last: it does not slide. */
export const LONGEST_INPUT: i32 = 65024;

const HEADER_AND_TRAILER: u32 = 18;
const SHORTEST_MATCH: i32 = 3;
const LONGEST_MATCH: i32 = 258;
/** Level 9: chains followed so far, a quarter of that where the match before has this length. */
const CHAIN: i32 = 4096;
const GOOD_MATCH: i32 = 32;
/** A match of three bytes further away than this is not worth its distance. */
const FAR: i32 = 4096;
const MAX_DISTANCE: i32 = 32768 - 262;
const HASH_MASK: u32 = 32767;
/** A block ends with so many symbols. */
const BLOCK_SYMBOLS: u32 = 16383;

/** Bytes from the host, with room to read on behind them. */
const input: usize = memory.data(65024 + 512, 16);
/** The last position of every hash plus `base`, so that those of inputs before are below it: it need not be cleared. */
const heads: usize = memory.data(32768 * 4, 16);
/** For every position the one before it with the same hash; 0 is none, so that position 0 is never found. */
const chains: usize = memory.data(65536 * 2, 16);

let base: u32 = 0;
let matchStart: i32 = 0;

export function gzipInputAddress(): usize {
  return input;
}

/** Enters position `at`, and returns the last one before it with the same hash. */
function insert(from: usize, at: i32): i32 {
  const byte = from + at;
  const hash =
    ((u32(load<u8>(byte)) << 10) ^ (u32(load<u8>(byte, 1)) << 5) ^ load<u8>(byte, 2)) & HASH_MASK;
  const head = heads + (hash << 2);
  const entry = load<u32>(head);
  const last = entry > base ? i32(entry - base) : 0;
  store<u16>(chains + (at << 1), u16(last));
  store<u32>(head, base + at);
  return last;
}

/**
 * Bytes of gzip's output for `size` bytes at `from`, at most LONGEST_INPUT. Reads, but does not use, up to 266 bytes
 * after them.
 */
export function gzipSize(from: usize, size: i32): u32 {
  if (base > 0xffff0000 - u32(LONGEST_INPUT)) {
    memory.fill(heads, 0, 32768 * 4);
    base = 0;
  }
  const bits = compress(from, size);
  base += size + 1;
  return HEADER_AND_TRAILER + ((bits + 7) >>> 3);
}

/** Bits of the deflate stream. A match is taken only if there is no longer one a byte later. */
function compress(from: usize, size: i32): u32 {
  startBlock();
  let bits: u32 = 0;
  let symbols: u32 = 0;
  let blockStart = 0;
  let length = SHORTEST_MATCH - 1;
  let isLiteralPending = false;
  let at = 0;
  const lastInsert = size - SHORTEST_MATCH;
  while (at < size) {
    let candidate = 0;
    if (at <= lastInsert) candidate = insert(from, at);
    const previousLength = length;
    const previousStart = matchStart;
    length = SHORTEST_MATCH - 1;
    if (candidate !== 0 && previousLength < LONGEST_MATCH && at - candidate <= MAX_DISTANCE) {
      length = findLongest(from, at, candidate, previousLength, size - at);
      if (length === SHORTEST_MATCH && at - matchStart > FAR) length = SHORTEST_MATCH - 1;
    }
    if (previousLength >= SHORTEST_MATCH && length <= previousLength) {
      countMatch(previousLength, at - 1 - previousStart);
      symbols++;
      const end = at - 1 + previousLength;
      for (at++; at < end; at++) if (at <= lastInsert) insert(from, at);
      isLiteralPending = false;
      length = SHORTEST_MATCH - 1;
    } else {
      if (isLiteralPending) {
        countLiteral(load<u8>(from + at - 1));
        symbols++;
      }
      if (symbols !== BLOCK_SYMBOLS) at++;
      isLiteralPending = true;
    }
    if (symbols === BLOCK_SYMBOLS) {
      bits = endBlock(bits, at - blockStart);
      startBlock();
      blockStart = at;
      symbols = 0;
      if (isLiteralPending) at++;
    }
  }
  if (isLiteralPending) countLiteral(load<u8>(from + size - 1));
  return endBlock(bits, size - blockStart);
}

function countLiteral(byte: u32): void {
  const at = symbolCounts + (byte << 2);
  store<u32>(at, load<u32>(at) + 1);
}

function countMatch(length: i32, distance: i32): void {
  const symbol = symbolCounts + ((257 + codeOfLength(length - SHORTEST_MATCH)) << 2);
  store<u32>(symbol, load<u32>(symbol) + 1);
  const code = distanceCounts + (codeOfDistance(distance - 1) << 2);
  store<u32>(code, load<u32>(code) + 1);
}

/** Four codes for every power of two; the longest match has a code of its own. */
function codeOfLength(rest: u32): u32 {
  if (rest < 8) return rest;
  if (rest === 255) return 28;
  const power = 31 - clz<u32>(rest);
  return ((power - 1) << 2) + ((rest >>> (power - 2)) & 3);
}

/** Two codes for every power of two. */
function codeOfDistance(rest: u32): u32 {
  if (rest < 2) return rest;
  const power = 31 - clz<u32>(rest);
  return (power << 1) + ((rest >>> (power - 1)) & 1);
}

/**
 * The longest match of the bytes at `at` along the chain from `candidate`, at `matchStart`, if it is longer than
 * `best`, the length of the match before; else `best`. Of equal ones it is the nearest.
 */
function findLongest(from: usize, at: i32, candidate: i32, best: i32, left: i32): i32 {
  let chain = best >= GOOD_MATCH ? CHAIN >> 2 : CHAIN;
  const enough = min<i32>(LONGEST_MATCH, left);
  const limit = max<i32>(0, at - MAX_DISTANCE);
  const scan = from + at;
  const start = load<u16>(scan);
  let end = load<u16>(scan + best - 1);
  do {
    const match = from + candidate;
    if (load<u16>(match + best - 1) === end && load<u16>(match) === start) {
      const length = countEqual(scan, match);
      if (length > best) {
        matchStart = candidate;
        best = length;
        if (length >= enough) break;
        end = load<u16>(scan + best - 1);
      }
    }
    candidate = load<u16>(chains + (candidate << 1));
  } while (candidate > limit && --chain !== 0);
  return min<i32>(best, left);
}

/** Equal bytes at two places, at most the longest match. */
function countEqual(a: usize, b: usize): i32 {
  let length = 0;
  while (length < LONGEST_MATCH) {
    const difference = load<u64>(a + length) ^ load<u64>(b + length);
    if (difference !== 0) {
      return min<i32>(LONGEST_MATCH, length + (i32(ctz<u64>(difference)) >> 3));
    }
    length += 8;
  }
  return LONGEST_MATCH;
}
