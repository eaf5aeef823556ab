// Fields of a cell's word, and arithmetic modulo the core size. Addresses are cell numbers.

import { CORE, coreSize, FIELD_MASK } from './layout.ts';

export function readWord(address: u32): u64 {
  return load<u64>(usize(address) << 3, CORE);
}

export function writeWord(address: u32, word: u64): void {
  store<u64>(usize(address) << 3, word, CORE);
}

export function fieldA(word: u64): u32 {
  return u32(word) & FIELD_MASK;
}

export function fieldB(word: u64): u32 {
  if (FIELD_BITS === 16) return u32(word) >>> 16;
  return u32(word >> FIELD_BITS) & FIELD_MASK;
}

/** The packed code, exclusive-or that of an empty cell. */
export function codeOf(word: u64): usize {
  if (FIELD_BITS === 16) return usize(word >> 32);
  return usize(word >> (2 * FIELD_BITS));
}

export function withA(word: u64, value: u32): u64 {
  return (word & ~u64(FIELD_MASK)) | u64(value);
}

export function withB(word: u64, value: u32): u64 {
  return (word & ~(u64(FIELD_MASK) << FIELD_BITS)) | (u64(value) << FIELD_BITS);
}

/** An address or a number in a queue or P-space. */
export function loadNumber(at: usize): u32 {
  if (FIELD_BITS === 16) return load<u16>(at);
  return load<u32>(at);
}

export function storeNumber(at: usize, value: u32): void {
  if (FIELD_BITS === 16) store<u16>(at, value);
  else store<u32>(at, value);
}

/** Of two numbers below the core size. Without a branch: whether it wraps is hard to foresee. */
export function add(left: u32, right: u32): u32 {
  const over = i32(left + right - coreSize);
  return u32(over + ((over >> 31) & i32(coreSize)));
}

export function subtract(left: u32, right: u32): u32 {
  const under = i32(left - right);
  return u32(under + ((under >> 31) & i32(coreSize)));
}

export function decrement(value: u32): u32 {
  return value === 0 ? coreSize - 1 : value - 1;
}

export function increment(value: u32): u32 {
  return value + 1 === coreSize ? 0 : value + 1;
}
