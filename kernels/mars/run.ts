// The loop of a round. What warriors do most has a case of its own; the rest is general.ts.

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
import { DIES, executeGenerally, FORKS, forkAddress } from './general.ts';
import {
  ADD_AB_IMMEDIATE_DIRECT,
  ADD_F_DIRECT_DIRECT,
  DAT,
  DAT_DECREMENT,
  DAT_DECREMENT_DECREMENT,
  DJN_B_DIRECT_DECREMENT,
  DJN_B_DIRECT_DIRECT,
  DJN_B_DIRECT_IMMEDIATE,
  JMN_B_DIRECT_DIRECT,
  JMN_B_DIRECT_INDIRECT,
  JMP_DIRECT,
  JMP_DIRECT_DECREMENT,
  JMP_IMMEDIATE_DECREMENT,
  JMP_INDIRECT,
  JMZ_B_DIRECT_DECREMENT,
  JMZ_B_DIRECT_DIRECT,
  JMZ_B_DIRECT_INDIRECT,
  MOV_AB_IMMEDIATE_DIRECT,
  MOV_AB_IMMEDIATE_INDIRECT,
  MOV_I_DECREMENT_DECREMENT,
  MOV_I_DECREMENT_DIRECT,
  MOV_I_DIRECT_DECREMENT,
  MOV_I_DIRECT_DIRECT,
  MOV_I_DIRECT_INDIRECT,
  MOV_I_INDIRECT_DECREMENT,
  MOV_I_POSTINCREMENT,
  SEQ_I_DIRECT_DIRECT,
  SPL_DIRECT,
  SPL_DIRECT_DECREMENT,
  SPL_INDIRECT,
  SUB_AB_IMMEDIATE_DIRECT,
  SUB_F_DIRECT_DIRECT,
} from './handlers.ts';
import {
  fullBytes,
  HANDLERS,
  HEAD,
  NEXT,
  NUMBER_BYTES,
  QUEUE,
  queueMask,
  SPAWNED,
  TAIL,
  VISITED,
} from './layout.ts';

/** The warrior whose turn is next. */
export let current: usize = 0;
/** Address of the instruction that was executed last. */
export let lastAddress: u32 = 0;

export function setCurrent(warrior: usize): void {
  current = warrior;
}

/**
 * Executes up to `count` instructions, and no more when a warrior loses its last process: then that warrior stays the
 * current one. Returns how many were executed.
 */
export function run(count: i32): i32 {
  let warrior = current;
  let left = count;
  let counter: u32 = 0;
  while (left > 0) {
    left--;
    const head = load<u32>(warrior, HEAD);
    const queue = usize(load<u32>(warrior, QUEUE));
    counter = loadNumber(queue + usize(head & queueMask));
    store<u32>(warrior, head + NUMBER_BYTES, HEAD);
    const word = readWord(counter);
    let next: i32 = increment(counter);
    switch (u32(load<u8>(codeOf(word), HANDLERS))) {
      case DAT:
        next = DIES;
        break;
      case DAT_DECREMENT:
        predecrement(add(counter, fieldA(word)));
        next = DIES;
        break;
      case DAT_DECREMENT_DECREMENT:
        predecrement(add(counter, fieldA(word)));
        predecrement(add(counter, fieldB(word)));
        next = DIES;
        break;
      case MOV_I_DIRECT_DIRECT:
        writeWord(add(counter, fieldB(word)), readWord(add(counter, fieldA(word))));
        break;
      case MOV_I_DIRECT_DECREMENT: {
        const source = readWord(add(counter, fieldA(word)));
        writeWord(predecrement(add(counter, fieldB(word))), source);
        break;
      }
      case MOV_I_DIRECT_INDIRECT: {
        const source = readWord(add(counter, fieldA(word)));
        writeWord(follow(add(counter, fieldB(word))), source);
        break;
      }
      case MOV_I_DECREMENT_DECREMENT: {
        const source = readWord(predecrement(add(counter, fieldA(word))));
        writeWord(predecrement(add(counter, fieldB(word))), source);
        break;
      }
      case MOV_I_DECREMENT_DIRECT: {
        const source = readWord(predecrement(add(counter, fieldA(word))));
        writeWord(add(counter, fieldB(word)), source);
        break;
      }
      case MOV_I_INDIRECT_DECREMENT: {
        const source = readWord(follow(add(counter, fieldA(word))));
        writeWord(predecrement(add(counter, fieldB(word))), source);
        break;
      }
      case MOV_I_POSTINCREMENT: {
        const a = add(counter, fieldA(word));
        const aCell = readWord(a);
        const source = readWord(add(a, fieldA(aCell)));
        writeWord(a, withA(aCell, increment(fieldA(aCell))));
        const b = add(counter, fieldB(word));
        const bCell = readWord(b);
        writeWord(b, withB(bCell, increment(fieldB(bCell))));
        writeWord(add(b, fieldB(bCell)), source);
        break;
      }
      case JMP_DIRECT:
        next = add(counter, fieldA(word));
        break;
      case JMP_DIRECT_DECREMENT:
        predecrement(add(counter, fieldB(word)));
        next = add(counter, fieldA(word));
        break;
      case JMP_INDIRECT:
        next = follow(add(counter, fieldA(word)));
        break;
      case JMP_IMMEDIATE_DECREMENT:
        predecrement(add(counter, fieldB(word)));
        next = counter;
        break;
      case SPL_DIRECT_DECREMENT:
        predecrement(add(counter, fieldB(word)));
        fork(warrior, head + NUMBER_BYTES, next, add(counter, fieldA(word)));
        warrior = load<u32>(warrior, NEXT);
        continue;
      case SPL_DIRECT:
        fork(warrior, head + NUMBER_BYTES, next, add(counter, fieldA(word)));
        warrior = load<u32>(warrior, NEXT);
        continue;
      case SPL_INDIRECT:
        fork(warrior, head + NUMBER_BYTES, next, follow(add(counter, fieldA(word))));
        warrior = load<u32>(warrior, NEXT);
        continue;
      case DJN_B_DIRECT_IMMEDIATE: {
        const value = decrement(fieldB(word));
        writeWord(counter, withB(word, value));
        if (value !== 0) next = add(counter, fieldA(word));
        break;
      }
      case DJN_B_DIRECT_DIRECT: {
        const target = add(counter, fieldB(word));
        const cell = readWord(target);
        const value = decrement(fieldB(cell));
        writeWord(target, withB(cell, value));
        if (value !== 0) next = add(counter, fieldA(word));
        break;
      }
      case DJN_B_DIRECT_DECREMENT: {
        const target = predecrement(add(counter, fieldB(word)));
        const cell = readWord(target);
        const value = decrement(fieldB(cell));
        writeWord(target, withB(cell, value));
        if (value !== 0) next = add(counter, fieldA(word));
        break;
      }
      case ADD_AB_IMMEDIATE_DIRECT: {
        const target = add(counter, fieldB(word));
        const cell = readWord(target);
        writeWord(target, withB(cell, add(fieldB(cell), fieldA(word))));
        break;
      }
      case SUB_AB_IMMEDIATE_DIRECT: {
        const target = add(counter, fieldB(word));
        const cell = readWord(target);
        writeWord(target, withB(cell, subtract(fieldB(cell), fieldA(word))));
        break;
      }
      case ADD_F_DIRECT_DIRECT: {
        const source = readWord(add(counter, fieldA(word)));
        const target = add(counter, fieldB(word));
        const cell = readWord(target);
        const changed = withA(cell, add(fieldA(cell), fieldA(source)));
        writeWord(target, withB(changed, add(fieldB(cell), fieldB(source))));
        break;
      }
      case SUB_F_DIRECT_DIRECT: {
        const source = readWord(add(counter, fieldA(word)));
        const target = add(counter, fieldB(word));
        const cell = readWord(target);
        const changed = withA(cell, subtract(fieldA(cell), fieldA(source)));
        writeWord(target, withB(changed, subtract(fieldB(cell), fieldB(source))));
        break;
      }
      case MOV_AB_IMMEDIATE_DIRECT: {
        const target = add(counter, fieldB(word));
        writeWord(target, withB(readWord(target), fieldA(word)));
        break;
      }
      case MOV_AB_IMMEDIATE_INDIRECT: {
        const target = follow(add(counter, fieldB(word)));
        writeWord(target, withB(readWord(target), fieldA(word)));
        break;
      }
      case JMZ_B_DIRECT_DIRECT:
        if (fieldB(readWord(add(counter, fieldB(word)))) === 0) next = add(counter, fieldA(word));
        break;
      case JMZ_B_DIRECT_INDIRECT:
        if (fieldB(readWord(follow(add(counter, fieldB(word))))) === 0) {
          next = add(counter, fieldA(word));
        }
        break;
      case JMZ_B_DIRECT_DECREMENT:
        if (fieldB(readWord(predecrement(add(counter, fieldB(word))))) === 0) {
          next = add(counter, fieldA(word));
        }
        break;
      case SEQ_I_DIRECT_DIRECT:
        if (readWord(add(counter, fieldA(word))) === readWord(add(counter, fieldB(word)))) {
          next = increment(next);
        }
        break;
      case JMN_B_DIRECT_DIRECT:
        if (fieldB(readWord(add(counter, fieldB(word)))) !== 0) next = add(counter, fieldA(word));
        break;
      case JMN_B_DIRECT_INDIRECT:
        if (fieldB(readWord(follow(add(counter, fieldB(word))))) !== 0) {
          next = add(counter, fieldA(word));
        }
        break;
      default: {
        const after = executeGenerally(warrior, counter, word);
        if (after === FORKS) {
          fork(warrior, head + NUMBER_BYTES, next, forkAddress);
          warrior = load<u32>(warrior, NEXT);
          continue;
        }
        next = after;
      }
    }
    if (next >= 0) {
      push(warrior, next);
    } else if (load<u32>(warrior, TAIL) === head + NUMBER_BYTES) {
      current = warrior;
      lastAddress = counter;
      return count - left;
    }
    warrior = load<u32>(warrior, NEXT);
  }
  current = warrior;
  lastAddress = counter;
  return count;
}

/** The cell that the B-field of `pointer` points to. */
function follow(pointer: u32): u32 {
  return add(pointer, fieldB(readWord(pointer)));
}

/** The same, after that field was decremented in the core. */
function predecrement(pointer: u32): u32 {
  const cell = readWord(pointer);
  const value = decrement(fieldB(cell));
  writeWord(pointer, withB(cell, value));
  return add(pointer, value);
}

/** Queues an address; there is room for it. */
export function push(warrior: usize, address: u32): void {
  const tail = load<u32>(warrior, TAIL);
  storeNumber(usize(load<u32>(warrior, QUEUE)) + usize(tail & queueMask), address);
  store<u32>(warrior, tail + NUMBER_BYTES, TAIL);
  store<u8>(usize(load<u32>(warrior, VISITED)) + usize(address), 1);
}

function fork(warrior: usize, head: u32, next: u32, target: u32): void {
  push(warrior, next);
  if (load<u32>(warrior, TAIL) - head >= fullBytes) return;
  push(warrior, target);
  store<u32>(warrior, load<u32>(warrior, SPAWNED) + 1, SPAWNED);
}
