// Breakpoints: marks on cells, with conditions, that MOV.I carries along.

import { MODES, MODIFIERS, OPCODES } from '../instruction.ts';
import type { InspectableMars } from '../mars/mars.ts';

export type Traces = {
  has(address: number): boolean;
  /** The condition of a breakpoint; null if it always stops, undefined if there is none. */
  condition(address: number): string | null | undefined;
  /** False where there are `MAX_BREAKPOINTS` others: nothing is set then. */
  set(address: number, condition: string | null): boolean;
  clear(address: number): void;
  clearAll(): void;
  readonly size: () => number;
  /** What `MOV.I` does to them. A copy beyond `MAX_BREAKPOINTS` has none. */
  move(from: number, to: number): void;
};

/** Breakpoints at a time: far below the entries that a Map can hold. */
export const MAX_BREAKPOINTS = 100_000;

export function createTraces(): Traces {
  const marks = new Map<number, string | null>();
  const set: Traces['set'] = (address, condition) => {
    if (marks.size >= MAX_BREAKPOINTS && !marks.has(address)) return false;
    marks.set(address, condition);
    return true;
  };
  return {
    has: (address) => marks.has(address),
    condition: (address) => marks.get(address),
    set,
    clear: (address) => marks.delete(address),
    clearAll: () => marks.clear(),
    size: () => marks.size,
    move(from, to) {
      const condition = marks.get(from);
      if (condition === undefined) marks.delete(to);
      else set(to, condition);
    },
  };
}

const MOVE = OPCODES.indexOf('MOV');
const WHOLE = MODIFIERS.indexOf('I');

/** The address that the next `MOV.I` at `address` copies from, or -1 where there is another instruction. Changes nothing. */
export function findCopied(mars: InspectableMars, address: number): number {
  const { code, a } = mars.readCell(address);
  if (code >> 9 !== MOVE || ((code >> 6) & 7) !== WHOLE) return -1;
  const { coreSize, readLimit, writeLimit } = mars.settings;
  const mode = MODES[(code >> 3) & 7]!;
  if (mode === '#') return address;
  const read = fold(a, readLimit, coreSize);
  if (mode === '$') return (address + read) % coreSize;
  const pointer = (address + read) % coreSize;
  const cell = mars.readCell(pointer);
  let value = '*{}'.includes(mode) ? cell.a : cell.b;
  // The decrement goes by the limit of writes, and is seen where both limits lead to the same cell.
  const isSame = fold(a, writeLimit, coreSize) === read;
  if ('<{'.includes(mode) && isSame) value = (value + coreSize - 1) % coreSize;
  return (address + fold(read + value, readLimit, coreSize)) % coreSize;
}

function fold(pointer: number, limit: number, coreSize: number): number {
  const result = pointer % limit;
  return result > Math.floor(limit / 2) ? result + coreSize - limit : result;
}
