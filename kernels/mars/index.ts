// What a host calls: sizes and layout, then warriors, then rounds. src/corewar/mars/kernel-mars.ts is the host.

import { loadNumber } from './cell.ts';
import { written } from './general.ts';
import { clearHandlers, fillHandlers } from './handlers.ts';
import {
  CORE,
  coreSize,
  DEATH,
  EMPTY_CODE,
  HEAD,
  IMAGE,
  images,
  keepImmediate,
  LAST_RESULT,
  LENGTH,
  layOut,
  maxCycles,
  NEXT,
  NUMBER_SHIFT,
  PREVIOUS,
  PSPACE,
  QUEUE,
  queueMask,
  readLimit,
  SPAWNED,
  START,
  setLimits,
  setSizes,
  TAIL,
  VISITED,
  WARRIOR_BYTES,
  warriorCount,
  warriors,
  writeLimit,
} from './layout.ts';
import { current, lastAddress, push, run, setCurrent } from './run.ts';

/** Instructions that are left to the round if nobody dies, as pMARS counts them. */
let remaining: i64 = 0;
/** Instructions to `maxCycles` full turns of the living: which cycle it is follows from them. */
let nominal: i64 = 0;
let aliveCount: u32 = 0;
let executed: i64 = 0;
let traces: bool = false;
/** The table of handlers is filled; memory begins with zeros, which is `GENERAL`. */
let hasHandlers: bool = false;

export { keepImmediate, layOut, setLimits, setSizes };

export function coreAddress(): usize {
  return CORE;
}

export function imagesAddress(): usize {
  return images;
}

/** Tells where a warrior's words are, and whose P-space it has. */
export function setWarrior(index: u32, image: usize, length: u32, start: u32, pspaceOf: u32): void {
  const warrior = warriorAt(index);
  store<u32>(warrior, u32(image), IMAGE);
  store<u32>(warrior, length, LENGTH);
  store<u32>(warrior, start, START);
  store<u32>(warrior, load<u32>(warriorAt(pspaceOf), PSPACE), PSPACE);
}

/** Empties the core; `place` for each warrior follows, then `start`. */
export function clear(): void {
  memory.fill(CORE, 0, usize(coreSize) << 3);
  remaining = 0;
  nominal = 0;
  executed = 0;
  aliveCount = 0;
}

export function place(index: u32, position: u32): void {
  const warrior = warriorAt(index);
  const image = usize(load<u32>(warrior, IMAGE));
  const length = load<u32>(warrior, LENGTH);
  const straight = min(length, coreSize - position);
  memory.copy(CORE + (usize(position) << 3), image, usize(straight) << 3);
  memory.copy(CORE, image + (usize(straight) << 3), usize(length - straight) << 3);
  memory.fill(load<u32>(warrior, VISITED), 0, coreSize);
  store<u32>(warrior, 0, HEAD);
  store<u32>(warrior, 0, TAIL);
  store<u32>(warrior, 0, SPAWNED);
  store<i32>(warrior, -1, DEATH);
  store<u32>(warrior, u32(warriorAt(index + 1 === warriorCount ? 0 : index + 1)), NEXT);
  store<u32>(warrior, u32(warriorAt(index === 0 ? warriorCount - 1 : index - 1)), PREVIOUS);
  push(warrior, (position + load<u32>(warrior, START)) % coreSize);
}

export function start(first: u32): void {
  aliveCount = warriorCount;
  nominal = i64(maxCycles) * i64(warriorCount);
  remaining = nominal;
  setCurrent(warriorAt(first));
  chooseHandlers(false);
}

/** Executes up to `count` instructions; true while the round is not over. */
export function step(count: i32, trace: bool): bool {
  if (trace !== traces) chooseHandlers(trace);
  while (count > 0 && remaining > 0) {
    const done = run(i32(min(remaining, i64(count))));
    count -= done;
    executed += done;
    remaining -= done;
    nominal -= done;
    if (load<u32>(current, HEAD) === load<u32>(current, TAIL)) bury(current);
    if (remaining === 0) settle();
  }
  return remaining > 0;
}

/** Filling the table takes as long as thousands of instructions: it is left as it is from round to round. */
function chooseHandlers(trace: bool): void {
  traces = trace;
  const filled = !trace && readLimit === coreSize && writeLimit === coreSize;
  if (filled === hasHandlers) return;
  hasHandlers = filled;
  if (filled) fillHandlers();
  else clearHandlers();
}

/** Takes a warrior out of the ring, and its turns out of what remains. */
function bury(warrior: usize): void {
  // Its last instruction is among those done: the cycles left, this one included, are what it had before.
  const cyclesLeft = nominal / i64(aliveCount) + 1;
  store<u32>(warrior, u32(i64(maxCycles) - cyclesLeft), DEATH);
  nominal -= cyclesLeft - 1;
  // `shortenRound` of src/corewar/mars/round.ts.
  remaining = max<i64>(0, remaining - remaining / i64(aliveCount) - 1);
  aliveCount--;
  const next = load<u32>(warrior, NEXT);
  const previous = load<u32>(warrior, PREVIOUS);
  store<u32>(previous, next, NEXT);
  store<u32>(next, previous, PREVIOUS);
  setCurrent(next);
  if (aliveCount <= u32(warriorCount > 1)) remaining = 0;
}

/** Writes the round's result to P-space. */
function settle(): void {
  for (let i: u32 = 0; i < warriorCount; i++) {
    const warrior = warriorAt(i);
    const survives = load<i32>(warrior, DEATH) < 0;
    store<u32>(warrior, survives ? aliveCount % coreSize : 0, LAST_RESULT);
  }
}

function warriorAt(index: u32): usize {
  return warriors + usize(index) * WARRIOR_BYTES;
}

/** As a double: a host without 64-bit integers can call it. */
export function remainingInstructions(): f64 {
  return f64(remaining);
}

export function nominalInstructions(): f64 {
  return f64(nominal);
}

export function executedInstructions(): f64 {
  return f64(executed);
}

export function currentWarrior(): u32 {
  return u32((current - warriors) / WARRIOR_BYTES);
}

export function tracedAddress(): u32 {
  return lastAddress;
}

export function writtenAddress(): i32 {
  return written;
}

export function deathCycle(index: u32): i32 {
  return load<i32>(warriorAt(index), DEATH);
}

export function spawnedProcesses(index: u32): u32 {
  return load<u32>(warriorAt(index), SPAWNED);
}

export function countVisited(index: u32): u32 {
  const visited = usize(load<u32>(warriorAt(index), VISITED));
  let sum: u32 = 0;
  // Marks are bytes of 0 or 1, and zeros follow the last one.
  for (let i: usize = 0; i < usize(coreSize); i += 8) sum += u32(popcnt(load<u64>(visited + i)));
  return sum;
}

export function queueLength(index: u32): u32 {
  const warrior = warriorAt(index);
  return (load<u32>(warrior, TAIL) - load<u32>(warrior, HEAD)) >> NUMBER_SHIFT;
}

export function queuedAddress(index: u32, at: u32): u32 {
  const warrior = warriorAt(index);
  const position = (load<u32>(warrior, HEAD) + (at << NUMBER_SHIFT)) & queueMask;
  return loadNumber(usize(load<u32>(warrior, QUEUE)) + usize(position));
}

export function pspaceAddress(index: u32): usize {
  return load<u32>(warriorAt(index), PSPACE);
}

export function lastResult(index: u32): u32 {
  return load<u32>(warriorAt(index), LAST_RESULT);
}

/** Of an empty cell: words hold codes exclusive-or it. */
export function emptyCode(): u32 {
  return EMPTY_CODE;
}
