// Fields of a cell's word, and arithmetic modulo the core size. Addresses are cell numbers.

import { CORE, coreSize } from './layout.ts';

export function readWord(address: u32): u64 {
  return load<u64>(usize(address) << 3, CORE);
}

export function writeWord(address: u32, word: u64): void {
  store<u64>(usize(address) << 3, word, CORE);
}

export function fieldA(word: u64): u32 {
  return u32(word) & 0xffff;
}

export function fieldB(word: u64): u32 {
  return u32(word) >>> 16;
}

export function withA(word: u64, value: u32): u64 {
  return (word & ~0xffff) | u64(value);
}

export function withB(word: u64, value: u32): u64 {
  return (word & ~0xffff0000) | (u64(value) << 16);
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
