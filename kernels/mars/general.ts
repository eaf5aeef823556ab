// Any instruction, with or without limits of reach: the counterpart of src/corewar/mars/plain-instruction.ts, in whose
// terms it is written. run.ts has shorter ways for what warriors do most.

import {
  add,
  codeOf,
  decrement,
  fieldA,
  fieldB,
  increment,
  loadNumber,
  readWord,
  storeNumber,
  subtract,
  withA,
  withB,
  writeWord,
} from './cell.ts';
import {
  coreSize,
  EMPTY_CODE,
  keepsImmediate,
  LAST_RESULT,
  NUMBER_SHIFT,
  PSPACE,
  pspaceSize,
  readLimit,
  writeLimit,
} from './layout.ts';

/** In place of the address that comes next. */
export const DIES: i32 = -1;
/** `forkAddress` holds where the second process begins. */
export const FORKS: i32 = -2;

export let forkAddress: u32 = 0;
/** Address that the last operation wrote, -1 for none. */
export let written: i32 = -1;

/** What `evaluate` found: addresses to read and to write, and the register. */
let readAddress: u32 = 0;
let writeAddress: u32 = 0;
let register: u64 = 0;

/** Executes the instruction `word` at `counter`; returns the address that comes next, `DIES` or `FORKS`. */
export function executeGenerally(warrior: usize, counter: u32, word: u64): i32 {
  const code = u32(codeOf(word)) ^ EMPTY_CODE;
  evaluate(counter, word, (code >> 3) & 7, fieldA(word));
  const jump = readAddress;
  const ira = register;
  evaluate(counter, keepsImmediate ? word : readWord(counter), code & 7, fieldB(word));
  written = -1;
  return operate(warrior, counter, code, jump, ira, writeAddress, register);
}

function evaluate(counter: u32, immediate: u64, mode: u32, pointer: u32): void {
  readAddress = counter;
  writeAddress = counter;
  register = immediate;
  if (mode === 0) return;
  let read = fold(pointer, readLimit);
  let write = fold(pointer, writeLimit);
  readAddress = add(counter, read);
  writeAddress = add(counter, write);
  register = readWord(readAddress);
  if (mode === 1) return;
  const usesA = mode > 4;
  const effect = usesA ? mode - 3 : mode;
  // A second pointer that is changed is found by the write limit.
  if (effect !== 2) read = write;
  const second = add(counter, read);
  let cell = readWord(second);
  if (effect === 3) {
    cell = usesA ? withA(cell, decrement(fieldA(cell))) : withB(cell, decrement(fieldB(cell)));
    writeWord(second, cell);
  }
  const found = usesA ? fieldA(cell) : fieldB(cell);
  read = fold(read + found, readLimit);
  write = fold(write + found, writeLimit);
  readAddress = add(counter, read);
  writeAddress = add(counter, write);
  register = readWord(readAddress);
  if (effect === 4) {
    writeWord(second, usesA ? withA(cell, increment(found)) : withB(cell, increment(found)));
  }
}

function fold(pointer: u32, limit: u32): u32 {
  if (limit === coreSize) return pointer >= limit ? pointer - limit : pointer;
  const result = pointer % limit;
  return result > limit >> 1 ? result + coreSize - limit : result;
}

function operate(
  warrior: usize,
  counter: u32,
  code: u32,
  jump: u32,
  ira: u64,
  target: u32,
  irb: u64,
): i32 {
  const next = increment(counter);
  const opcode = code >> 9;
  const modifier = (code >> 6) & 7;
  switch (opcode) {
    case 0:
      return DIES;
    case 1:
      return move(modifier, ira, target, next);
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
      return calculateFields(opcode, modifier, ira, target, irb, next);
    case 7:
      return jump;
    case 8:
      return isZero(modifier, irb) ? jump : next;
    case 9:
      return isZero(modifier, irb) ? next : jump;
    case 10: {
      let cell = readWord(target);
      let copy = irb;
      if (writesA(modifier)) {
        cell = withA(cell, decrement(fieldA(cell)));
        copy = withA(copy, decrement(fieldA(copy)));
      }
      if (writesB(modifier)) {
        cell = withB(cell, decrement(fieldB(cell)));
        copy = withB(copy, decrement(fieldB(copy)));
      }
      writeWord(target, cell);
      written = target;
      return isZero(modifier, copy) ? next : jump;
    }
    case 11:
      forkAddress = jump;
      return FORKS;
    case 12:
      return isLess(modifier, ira, irb) ? increment(next) : next;
    case 13:
    case 14:
      return isEqual(modifier, ira, irb) ? increment(next) : next;
    case 15:
      return isEqual(modifier, ira, irb) ? next : increment(next);
    case 17: {
      const value = readPspace(warrior, readsA(modifier) ? fieldA(ira) : fieldB(ira));
      const cell = readWord(target);
      writeWord(target, singleWritesA(modifier) ? withA(cell, value) : withB(cell, value));
      written = target;
      return next;
    }
    case 18:
      writePspace(
        warrior,
        singleWritesA(modifier) ? fieldA(irb) : fieldB(irb),
        readsA(modifier) ? fieldA(ira) : fieldB(ira),
      );
      return next;
    default:
      return next;
  }
}

/** Modifiers are A B AB BA F X I. Those of two fields move a single number as B does. */
function readsA(modifier: u32): bool {
  return modifier === 0 || modifier === 2;
}

function singleWritesA(modifier: u32): bool {
  return modifier === 0 || modifier === 3;
}

function writesA(modifier: u32): bool {
  return modifier === 0 || modifier >= 3;
}

function writesB(modifier: u32): bool {
  return modifier !== 0 && modifier !== 3;
}

/** The numbers that meet the A-field and the B-field of the B-instruction. */
function sourceForA(modifier: u32, ira: u64): u32 {
  return modifier === 3 || modifier === 5 ? fieldB(ira) : fieldA(ira);
}

function sourceForB(modifier: u32, ira: u64): u32 {
  return modifier === 2 || modifier === 5 ? fieldA(ira) : fieldB(ira);
}

function move(modifier: u32, ira: u64, target: u32, next: u32): i32 {
  let cell = ira;
  if (modifier !== 6) {
    cell = readWord(target);
    if (writesA(modifier)) cell = withA(cell, sourceForA(modifier, ira));
    if (writesB(modifier)) cell = withB(cell, sourceForB(modifier, ira));
  }
  writeWord(target, cell);
  written = target;
  return next;
}

function calculateFields(
  opcode: u32,
  modifier: u32,
  ira: u64,
  target: u32,
  irb: u64,
  next: u32,
): i32 {
  let cell = readWord(target);
  let dies = false;
  let writes = false;
  if (writesA(modifier)) {
    const source = sourceForA(modifier, ira);
    if (source === 0 && opcode > 4) dies = true;
    else {
      cell = withA(cell, calculate(opcode, fieldA(irb), source));
      writes = true;
    }
  }
  if (writesB(modifier)) {
    const source = sourceForB(modifier, ira);
    if (source === 0 && opcode > 4) dies = true;
    else {
      cell = withB(cell, calculate(opcode, fieldB(irb), source));
      writes = true;
    }
  }
  if (writes) {
    writeWord(target, cell);
    written = target;
  }
  return dies ? DIES : i32(next);
}

function calculate(opcode: u32, left: u32, right: u32): u32 {
  switch (opcode) {
    case 2:
      return add(left, right);
    case 3:
      return subtract(left, right);
    case 4:
      return (left * right) % coreSize;
    case 5:
      return left / right;
    default:
      return left % right;
  }
}

function isZero(modifier: u32, irb: u64): bool {
  if (writesA(modifier) && fieldA(irb) !== 0) return false;
  return !(writesB(modifier) && fieldB(irb) !== 0);
}

function isLess(modifier: u32, ira: u64, irb: u64): bool {
  if (writesA(modifier) && sourceForA(modifier, ira) >= fieldA(irb)) return false;
  return !(writesB(modifier) && sourceForB(modifier, ira) >= fieldB(irb));
}

function isEqual(modifier: u32, ira: u64, irb: u64): bool {
  if (modifier === 6) return ira === irb;
  if (writesA(modifier) && sourceForA(modifier, ira) !== fieldA(irb)) return false;
  return !(writesB(modifier) && sourceForB(modifier, ira) !== fieldB(irb));
}

function readPspace(warrior: usize, number: u32): u32 {
  const index = number % pspaceSize;
  if (index === 0) return load<u32>(warrior, LAST_RESULT);
  return loadNumber(usize(load<u32>(warrior, PSPACE)) + (usize(index) << NUMBER_SHIFT));
}

function writePspace(warrior: usize, number: u32, value: u32): void {
  const index = number % pspaceSize;
  if (index === 0) store<u32>(warrior, value, LAST_RESULT);
  else storeNumber(usize(load<u32>(warrior, PSPACE)) + (usize(index) << NUMBER_SHIFT), value);
}
