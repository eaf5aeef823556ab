// One instruction of ICWS'94, in the standard's order and its names: IR is the instruction register, IRA and IRB the
// registers of the two operands, RP and WP pointers to read and to write, relative to the program counter.
// Where pMARS differs from the standard's text, pMARS is followed, and a comment says so.

import { OPCODES, type Opcode } from '../instruction.ts';
import type { Access } from './mars.ts';

/** Packed codes and fields, one element per cell. */
export type PlainCore = {
  readonly code: Uint16Array;
  readonly a: Uint32Array;
  readonly b: Uint32Array;
};

/** What an instruction needs of the machine and of the warrior that executes it. */
export type Machine = {
  readonly core: PlainCore;
  readonly coreSize: number;
  readonly readLimit: number;
  readonly writeLimit: number;
  /** An immediate B-operand is what it was before the A-operand was evaluated. */
  readonly keepsImmediate: boolean;
  /** Puts an address at the end of the warrior's queue, unless that is full. */
  queue(address: number): void;
  readPspace(index: number): number;
  writePspace(index: number, value: number): void;
  /** Is told what the instruction does; the machine's queue tells of itself. */
  observe: ((access: Access, address: number) => void) | null;
};

type Register = { code: number; a: number; b: number };
type Operand = { readonly read: number; readonly write: number; readonly register: Register };
type Field = 'a' | 'b';

const IMMEDIATE = 0;
const DIRECT = 1;
/** Indirect modes by number: the field that holds the second pointer, and what happens to it. */
const INDIRECT: readonly (readonly [Field, 'keep' | 'decrement' | 'increment'] | null)[] = [
  null,
  null,
  ['b', 'keep'],
  ['b', 'decrement'],
  ['b', 'increment'],
  ['a', 'keep'],
  ['a', 'decrement'],
  ['a', 'increment'],
];
/** Pairs of fields by modifier, from the A-instruction to the B-instruction: A B AB BA F X I. */
const PAIRS: readonly (readonly (readonly [Field, Field])[])[] = [
  [['a', 'a']],
  [['b', 'b']],
  [['a', 'b']],
  [['b', 'a']],
  [
    ['a', 'a'],
    ['b', 'b'],
  ],
  [
    ['a', 'b'],
    ['b', 'a'],
  ],
  [
    ['a', 'a'],
    ['b', 'b'],
  ],
];
const MODIFIER_I = 6;

/** The operands whose values an operation takes, by opcode; the others only say where. */
const TAKEN: readonly string[] = OPCODES.map((opcode) => {
  if (opcode === 'DAT' || opcode === 'JMP' || opcode === 'SPL' || opcode === 'NOP') return '';
  if (opcode === 'MOV' || opcode === 'LDP') return 'a';
  return opcode === 'JMZ' || opcode === 'JMN' || opcode === 'DJN' ? 'b' : 'ab';
});

/**
 * Executes the instruction at `counter` and queues what comes next; a process that dies queues nothing.
 *
 * @returns the address that the operation wrote (not what modes decrement or increment), -1 for none
 */
export function executePlainly(machine: Machine, counter: number): number {
  const ir = readCell(machine, counter);
  const { observe } = machine;
  observe?.('execute', counter);
  const taken = TAKEN[ir.code >> 9]!;
  const operandA = evaluate(machine, counter, ir, (ir.code >> 3) & 7, ir.a, taken.includes('a'));
  // pMARS 0.9.2 takes the register for an immediate B-operand, later versions the cell, which the A-operand may have changed.
  const immediate = machine.keepsImmediate ? ir : readCell(machine, counter);
  const operandB = evaluate(machine, counter, immediate, ir.code & 7, ir.b, taken.includes('b'));
  const written = operate(machine, counter, ir.code, operandA, operandB);
  if (written >= 0) observe?.('write', written);
  return written;
}

function readCell({ core }: Machine, address: number): Register {
  return { code: core.code[address]!, a: core.a[address]!, b: core.b[address]! };
}

/**
 * The pointers of an operand and a copy of what it points to; side effects are done before the next operand. With limits of
 * reach, pMARS finds the second pointer by the read limit, and by the write limit where it changes that pointer.
 *
 * @param isTaken whether the operation takes the value: those that observe are told of that
 */
function evaluate(
  machine: Machine,
  counter: number,
  immediate: Register,
  mode: number,
  pointer: number,
  isTaken: boolean,
): Operand {
  const { core, coreSize, readLimit, writeLimit, observe } = machine;
  if (mode === IMMEDIATE) return { read: 0, write: 0, register: immediate };
  let read = fold(pointer, readLimit, coreSize);
  let write = fold(pointer, writeLimit, coreSize);
  if (mode === DIRECT) {
    const target = (counter + read) % coreSize;
    if (isTaken) observe?.('read', target);
    return { read, write, register: readCell(machine, target) };
  }
  const [field, effect] = INDIRECT[mode]!;
  const fields = core[field];
  if (effect !== 'keep') read = write;
  const second = (counter + read) % coreSize;
  if (effect === 'keep') observe?.('read', second);
  if (effect === 'decrement') {
    fields[second] = (fields[second]! + coreSize - 1) % coreSize;
    observe?.('change', second);
  }
  const found = fields[second]!;
  read = fold(read + found, readLimit, coreSize);
  write = fold(write + found, writeLimit, coreSize);
  const target = (counter + read) % coreSize;
  if (isTaken) observe?.('read', target);
  const register = readCell(machine, target);
  if (effect === 'increment') {
    fields[second] = (found + 1) % coreSize;
    observe?.('change', second);
  }
  return { read, write, register };
}

/** Brings a pointer to within half a limit of the instruction. */
function fold(pointer: number, limit: number, coreSize: number): number {
  const result = pointer % limit;
  return result > Math.floor(limit / 2) ? result + coreSize - limit : result;
}

function operate(
  machine: Machine,
  counter: number,
  code: number,
  operandA: Operand,
  operandB: Operand,
): number {
  const { core, coreSize } = machine;
  const opcode = OPCODES[code >> 9]!;
  const modifier = (code >> 6) & 7;
  const pairs = PAIRS[modifier]!;
  const ira = operandA.register;
  const irb = operandB.register;
  const next = (counter + 1) % coreSize;
  const afterNext = (counter + 2) % coreSize;
  const jump = (counter + operandA.read) % coreSize;
  const target = (counter + operandB.write) % coreSize;
  const queue = (address: number) => machine.queue(address);
  switch (opcode) {
    case 'DAT':
      return -1;
    case 'MOV':
      if (modifier === MODIFIER_I) core.code[target] = ira.code;
      for (const [from, to] of pairs) core[to][target] = ira[from];
      queue(next);
      return target;
    case 'ADD':
    case 'SUB':
    case 'MUL':
      for (const [from, to] of pairs) {
        core[to][target] = calculate(opcode, irb[to], ira[from], coreSize);
      }
      queue(next);
      return target;
    case 'DIV':
    case 'MOD': {
      // A field whose divisor is not 0 is written, even where the other kills the process.
      const possible = pairs.filter(([from]) => ira[from] !== 0);
      for (const [from, to] of possible) {
        core[to][target] = calculate(opcode, irb[to], ira[from], coreSize);
      }
      if (possible.length === pairs.length) queue(next);
      return possible.length > 0 ? target : -1;
    }
    case 'JMP':
      queue(jump);
      return -1;
    case 'JMZ':
      queue(pairs.every(([, to]) => irb[to] === 0) ? jump : next);
      return -1;
    case 'JMN':
      queue(pairs.some(([, to]) => irb[to] !== 0) ? jump : next);
      return -1;
    case 'DJN':
      // The cell, which a post-increment may have changed, and the register are decremented apart.
      for (const [, to] of pairs) core[to][target] = (core[to][target]! + coreSize - 1) % coreSize;
      queue(pairs.some(([, to]) => irb[to] !== 1 % coreSize) ? jump : next);
      return target;
    case 'SPL':
      queue(next);
      queue(jump);
      return -1;
    case 'SLT':
      queue(pairs.every(([from, to]) => ira[from] < irb[to]) ? afterNext : next);
      return -1;
    case 'CMP':
    case 'SEQ':
    case 'SNE': {
      const equal =
        pairs.every(([from, to]) => ira[from] === irb[to]) &&
        (modifier !== MODIFIER_I || ira.code === irb.code);
      queue(equal === (opcode !== 'SNE') ? afterNext : next);
      return -1;
    }
    case 'NOP':
      queue(next);
      return -1;
    case 'LDP': {
      const [from, to] = pspaceFields(modifier);
      core[to][target] = machine.readPspace(ira[from]);
      queue(next);
      return target;
    }
    case 'STP': {
      const [from, to] = pspaceFields(modifier);
      machine.writePspace(irb[to], ira[from]);
      queue(next);
      return -1;
    }
  }
}

function calculate(opcode: Opcode, left: number, right: number, coreSize: number): number {
  switch (opcode) {
    case 'ADD':
      return (left + right) % coreSize;
    case 'SUB':
      return (left + coreSize - right) % coreSize;
    case 'MUL':
      // The product has 32 bits in pMARS, which cuts products off in cores above 65,536 cells.
      return (Math.imul(left, right) >>> 0) % coreSize;
    case 'DIV':
      return Math.floor(left / right);
    default:
      return left % right;
  }
}

/** P-space instructions move one number: modifiers of two fields do what B does. */
function pspaceFields(modifier: number): readonly [Field, Field] {
  return modifier < 4 ? PAIRS[modifier]![0]! : ['b', 'b'];
}
