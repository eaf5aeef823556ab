// What every opcode, modifier and mode means, in a sentence each; which operands they take and what the assembler fills in.

import type { Mode, Modifier, Opcode } from './instruction.ts';

export type OpcodeEntry = {
  readonly summary: string;
  /** Where a lone operand goes; the other one becomes `#0` for A and `$0` for B. `null`: two operands are needed. */
  readonly loneOperand: 'a' | 'b' | null;
  /** Modifier where the source names none: by whether A or B is immediate, else `plain`. */
  readonly defaults: {
    readonly aImmediate: Modifier;
    readonly bImmediate: Modifier;
    readonly plain: Modifier;
  };
  /** Modes that ICWS'88 allows for each operand; `null` where it has no such opcode. */
  readonly modes88: { readonly a: string; readonly b: string } | null;
};

const always = (modifier: Modifier) => ({
  aImmediate: modifier,
  bImmediate: modifier,
  plain: modifier,
});
const moving = { aImmediate: 'AB', bImmediate: 'B', plain: 'I' } as const;
const reckoning = { aImmediate: 'AB', bImmediate: 'B', plain: 'F' } as const;
const single = { aImmediate: 'AB', bImmediate: 'B', plain: 'B' } as const;
const SOURCE_TARGET_88 = { a: '#$@<', b: '$@<' };
const JUMP_88 = { a: '$@<', b: '#$@<' };

/** Default modifiers are those of ICWS'94, section A.2.1 of the draft, with the opcodes that pMARS adds. */
export const OPCODE_TABLE: Readonly<Record<Opcode, OpcodeEntry>> = {
  DAT: {
    summary: 'Holds data and ends the process that executes it.',
    loneOperand: 'b',
    defaults: always('F'),
    modes88: { a: '#<', b: '#<' },
  },
  MOV: {
    summary: 'Copies what A points at to where B points.',
    loneOperand: null,
    defaults: moving,
    modes88: SOURCE_TARGET_88,
  },
  ADD: {
    summary: 'Adds the A-value to the B-target, modulo the size of the core.',
    loneOperand: null,
    defaults: reckoning,
    modes88: SOURCE_TARGET_88,
  },
  SUB: {
    summary: 'Subtracts the A-value from the B-target, modulo the size of the core.',
    loneOperand: null,
    defaults: reckoning,
    modes88: SOURCE_TARGET_88,
  },
  MUL: {
    summary: 'Multiplies the B-target by the A-value, modulo the size of the core.',
    loneOperand: null,
    defaults: reckoning,
    modes88: null,
  },
  DIV: {
    summary:
      'Divides the B-target by the A-value, rounding down; a division by zero ends the process.',
    loneOperand: null,
    defaults: reckoning,
    modes88: null,
  },
  MOD: {
    summary:
      'Leaves in the B-target its remainder by the A-value; a division by zero ends the process.',
    loneOperand: null,
    defaults: reckoning,
    modes88: null,
  },
  JMP: {
    summary: 'Goes on at the address that A points at.',
    loneOperand: 'a',
    defaults: always('B'),
    modes88: JUMP_88,
  },
  JMZ: {
    summary: 'Goes on at A if the B-value is zero, else at the next instruction.',
    loneOperand: null,
    defaults: always('B'),
    modes88: JUMP_88,
  },
  JMN: {
    summary: 'Goes on at A if the B-value is not zero, else at the next instruction.',
    loneOperand: null,
    defaults: always('B'),
    modes88: JUMP_88,
  },
  DJN: {
    summary: 'Takes one from the B-target, then goes on at A unless that made it zero.',
    loneOperand: null,
    defaults: always('B'),
    modes88: JUMP_88,
  },
  SPL: {
    summary: 'Goes on at the next instruction and starts a further process at A.',
    loneOperand: 'a',
    defaults: always('B'),
    modes88: JUMP_88,
  },
  SLT: {
    summary: 'Skips the next instruction if the A-value is less than the B-value.',
    loneOperand: null,
    defaults: single,
    modes88: { a: '#$@<', b: '#$@<' },
  },
  CMP: {
    summary:
      'Skips the next instruction if the A-value and the B-value are equal; SEQ by its older name.',
    loneOperand: null,
    defaults: moving,
    modes88: SOURCE_TARGET_88,
  },
  SEQ: {
    summary: 'Skips the next instruction if the A-value and the B-value are equal.',
    loneOperand: null,
    defaults: moving,
    modes88: null,
  },
  SNE: {
    summary: 'Skips the next instruction if the A-value and the B-value differ.',
    loneOperand: null,
    defaults: moving,
    modes88: null,
  },
  NOP: {
    summary: 'Does nothing but evaluate its operands.',
    loneOperand: 'a',
    defaults: always('F'),
    modes88: null,
  },
  LDP: {
    summary: 'Loads the cell of P-space that the A-value numbers into the B-target.',
    loneOperand: null,
    defaults: single,
    modes88: null,
  },
  STP: {
    summary: 'Stores the A-value in the cell of P-space that the B-value numbers.',
    loneOperand: null,
    defaults: single,
    modes88: null,
  },
};

/** Which fields an instruction reads and writes. */
export const MODIFIER_TABLE: Readonly<Record<Modifier, string>> = {
  A: 'Uses the A-field of the source and the A-field of the target.',
  B: 'Uses the B-field of the source and the B-field of the target.',
  AB: 'Uses the A-field of the source and the B-field of the target.',
  BA: 'Uses the B-field of the source and the A-field of the target.',
  F: 'Uses both fields, A with A and B with B.',
  X: 'Uses both fields crosswise, A with B and B with A.',
  I: 'Uses the whole instruction; arithmetic and jumps take it as F.',
};

/** What an operand points at. */
export const MODE_TABLE: Readonly<Record<Mode, string>> = {
  '#': 'Immediate: the operand is the value itself, in this very instruction.',
  $: 'Direct: the address is this far from the instruction; written or left out.',
  '@': 'B-indirect: the B-field at the direct address points on, from there.',
  '<': 'B-predecrement: like @, after the B-field there has been lowered by one.',
  '>': 'B-postincrement: like @, and the B-field there is raised by one afterwards.',
  '*': 'A-indirect: the A-field at the direct address points on, from there.',
  '{': 'A-predecrement: like *, after the A-field there has been lowered by one.',
  '}': 'A-postincrement: like *, and the A-field there is raised by one afterwards.',
};

/** The modifier of an instruction whose source names none. */
export function defaultModifier(opcode: Opcode, aMode: Mode, bMode: Mode): Modifier {
  const { aImmediate, bImmediate, plain } = OPCODE_TABLE[opcode].defaults;
  if (aMode === '#') return aImmediate;
  return bMode === '#' ? bImmediate : plain;
}
