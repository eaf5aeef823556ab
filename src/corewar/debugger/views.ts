// What list, edit, fill, search and trace work on: the core, the queue of a warrior, the warriors, or a P-space.

import { formatInstruction } from '../format-instruction.ts';
import { EMPTY_INSTRUCTION, packCode, unpackCode } from '../instruction.ts';
import { numberPspaces } from '../mars/round.ts';
import type { DebuggedBattle } from './debugged-battle.ts';

export type ViewKind = 'core' | 'queue' | 'warriors' | 'pspace';

export type View = {
  readonly kind: ViewKind;
  /** Elements that there are: cells, processes, warriors; 1 at least. */
  readonly size: number;
  /** What `$` stands for: the last element, -1 where there is none. */
  readonly last: number;
  /** The cell of the core that an element stands for; null if it stands for none. */
  cellOf(index: number): number | null;
  /** The line of an element, as pMARS lists it, without its newline. */
  line(index: number): string;
  /** What stands before an element in a prompt. */
  label(index: number): string;
  /** The address that PC stands for; of a certain warrior's. */
  counter(warrior?: number): number | undefined;
  /** A and B of an element. */
  field(name: 'a' | 'b', index: number): number;
  /** Writes a number; for P-space alone. */
  write(index: number, value: number): void;
};

const EMPTY_CODE = packCode(EMPTY_INSTRUCTION);

/** `warrior` is whose queue or P-space it is. */
export function createView(
  kind: ViewKind,
  battle: DebuggedBattle,
  warrior: number,
  rules: '94' | '88',
): View {
  const { mars, job, traces } = battle;
  const { coreSize, pspaceSize } = job.settings;
  const count = job.warriors.length;
  const counterOf = (index: number): number => {
    const turn = battle.turn();
    return turn.warrior === index ? turn.address : Math.max(0, mars.nextAddress(index));
  };
  const cell = (address: number | null, showsEmpty: boolean): string => {
    if (address === null) return '';
    const { code, a, b } = mars.readCell(address);
    const isTraced = traces.has(address);
    if (code === EMPTY_CODE && a === 0 && b === 0 && !isTraced && !showsEmpty) return '';
    const text = formatInstruction(unpackCode(code, a, b), coreSize);
    const operation = rules === '88' ? `${text.slice(0, 3)}   ${text.slice(6)}` : text;
    return `${operation} ${(isTraced ? 'T' : '').padStart(4)}`;
  };
  const fieldAt = (name: 'a' | 'b', address: number | null) =>
    address === null ? 0 : mars.readCell(address)[name];
  const pad = (address: number) => String(address).padStart(5, '0');

  switch (kind) {
    case 'core':
      return {
        kind,
        size: coreSize,
        last: coreSize - 1,
        cellOf: (address) => address,
        line: (address) => `${pad(address)}   ${cell(address, false)}`,
        label: (address) => `${pad(address)}   `,
        counter: (index = battle.turn().warrior) => (index < count ? counterOf(index) : undefined),
        field: fieldAt,
        write: () => {},
      };
    case 'queue': {
      const queue = readQueue(battle, warrior);
      const label = (index: number) =>
        queue.length === 0
          ? 'dead'
          : `${String(index).padEnd(4)}->${pad(queue[index % queue.length]!)}   `;
      const cellOf = (index: number) => (queue.length === 0 ? null : queue[index % queue.length]!);
      return {
        kind,
        size: Math.max(1, queue.length),
        last: queue.length - 1,
        cellOf,
        label,
        line: (index) => label(index) + cell(cellOf(index), true),
        counter: (index = 0) => (index < count ? 0 : undefined),
        field: (name, index) => fieldAt(name, cellOf(index)),
        write: () => {},
      };
    }
    case 'warriors': {
      const cellOf = (index: number) => {
        const { warrior: current, address } = battle.turn();
        const next = index === current ? address : mars.nextAddress(index);
        return next < 0 ? null : next;
      };
      const label = (index: number) => {
        const address = cellOf(index);
        return `#${String(index).padEnd(2)}:  ${address === null ? 'dead ' : pad(address)}   `;
      };
      return {
        kind,
        size: count,
        last: count - 1,
        cellOf,
        label,
        line: (index) => label(index) + cell(cellOf(index), true),
        counter: (index = battle.turn().warrior) => (index < count ? index : undefined),
        field: (name, index) => fieldAt(name, cellOf(index)),
        write: () => {},
      };
    }
    case 'pspace': {
      const cells = mars.readPspace(warrior);
      const label = (index: number) => `[${String(index).padStart(4)}]=`;
      return {
        kind,
        size: pspaceSize,
        last: pspaceSize - 1,
        label,
        cellOf: () => null,
        line: (index) => label(index) + String(cells[index]!).padEnd(5),
        counter: (index = 0) => (index < count ? 0 : undefined),
        field: () => numberPspaces(job.warriors)[warrior]!,
        write: (index, value) => {
          mars.writePspace(warrior, index, value);
          cells[index] = value;
        },
      };
    }
  }
}

/** The processes of a warrior, the next one first. */
export function readQueue({ mars }: DebuggedBattle, warrior: number): readonly number[] {
  return [...mars.readQueue(warrior)];
}
