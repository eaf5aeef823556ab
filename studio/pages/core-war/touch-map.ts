// Who touched each cell last, how, and when.

import { type AccessListener, type InspectableMars, OPCODES } from '../../../src/corewar/index.ts';
import type { ReplayBattle } from './battle-replay.ts';

/** What happened to a cell last, by number: from nothing to what weighs most within one instruction. */
export const MARKS = [
  'untouched',
  'loaded',
  'changed',
  'written',
  'executed',
  'split',
  'died',
] as const;

export type Mark = (typeof MARKS)[number];

const [, LOADED, CHANGED, WRITTEN, EXECUTED, SPLIT, DIED] = MARKS.map((_, number) => number) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/** One element per cell. */
export type TouchMap = {
  /** The warrior that loaded, changed, wrote or executed it last, from 1; 0 for none. */
  readonly owners: Uint8Array;
  /** What that was, by its number in `MARKS`. */
  readonly marks: Uint8Array;
  /** The instruction that did it, counted from 1; 0 before the first. */
  readonly times: Uint32Array;
  /** The warrior that read it last, from 1; 0 for none. */
  readonly readers: Uint8Array;
  readonly readTimes: Uint32Array;
};

/**
 * The map of a round that has just begun.
 *
 * @returns `listen` for the MARS to tell, `countFrom` with the number of instructions executed so far, to be called where
 * that does not follow, and `settle`, to be called once instructions were executed
 */
export function createTouchMap(
  mars: InspectableMars,
  { settings, warriors, setup }: ReplayBattle,
): {
  readonly touched: TouchMap;
  readonly listen: AccessListener;
  readonly countFrom: (position: number) => void;
  readonly settle: () => void;
} {
  const { coreSize } = settings;
  const touched: TouchMap = {
    owners: new Uint8Array(coreSize),
    marks: new Uint8Array(coreSize),
    times: new Uint32Array(coreSize),
    readers: new Uint8Array(coreSize),
    readTimes: new Uint32Array(coreSize),
  };
  const { owners, marks, times, readers, readTimes } = touched;
  warriors.forEach(({ instructions }, warrior) => {
    for (let i = 0; i < instructions.length; i++) {
      const address = (setup.positions[warrior]! + i) % coreSize;
      owners[address] = warrior + 1;
      marks[address] = LOADED;
    }
  });
  const split = OPCODES.indexOf('SPL');
  let now = 0;
  /** The instruction under way: where, whose, what it is if it survives. */
  let counter = -1;
  let owner = 0;
  let mark = EXECUTED;
  let isAlive = false;

  const touch = (address: number, by: number, how: number): void => {
    owners[address] = by;
    marks[address] = how;
    times[address] = now;
  };
  const settle = (): void => {
    // What an instruction does to its own cell shows less than that it was executed.
    if (counter >= 0) touch(counter, owner, isAlive ? mark : DIED);
    counter = -1;
  };
  const listen: AccessListener = (access, address, warrior) => {
    switch (access) {
      case 'execute':
        settle();
        now++;
        counter = address;
        owner = warrior + 1;
        mark = mars.readCell(address).code >> 9 === split ? SPLIT : EXECUTED;
        isAlive = false;
        break;
      case 'read':
        readers[address] = warrior + 1;
        readTimes[address] = now;
        break;
      case 'change':
        touch(address, warrior + 1, CHANGED);
        break;
      case 'write':
        touch(address, warrior + 1, WRITTEN);
        break;
      case 'queue':
        isAlive = true;
        break;
    }
  };
  const countFrom = (position: number): void => {
    now = position;
  };
  return { touched, listen, countFrom, settle };
}
