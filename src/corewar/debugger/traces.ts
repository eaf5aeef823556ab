// Breakpoints: marks on cells, with conditions, that MOV.I carries along.

import { MODES, MODIFIERS, OPCODES } from '../instruction.ts';
import type { InspectableMars } from '../mars/mars.ts';

export type Traces = {
  has(address: number): boolean;
  /** The condition of a breakpoint; null where it always stops, undefined where there is none. */
  condition(address: number): string | null | undefined;
  set(address: number, condition: string | null): void;
  clear(address: number): void;
  readonly size: () => number;
  /** What `MOV.I` does to them. */
  move(from: number, to: number): void;
};

export function createTraces(): Traces {
  const marks = new Map<number, string | null>();
  return {
    has: (address) => marks.has(address),
    condition: (address) => marks.get(address),
    set: (address, condition) => marks.set(address, condition),
    clear: (address) => marks.delete(address),
    size: () => marks.size,
    move(from, to) {
      const condition = marks.get(from);
      if (condition === undefined) marks.delete(to);
      else marks.set(to, condition);
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
