// The instructions of ICWS'94 as pMARS extends it: names, their numbers in memory, and what an instruction is.

/** Operation codes. `CMP` and `SEQ` do the same; a listing keeps the name that the source used. */
export const OPCODES = [
  'DAT',
  'MOV',
  'ADD',
  'SUB',
  'MUL',
  'DIV',
  'MOD',
  'JMP',
  'JMZ',
  'JMN',
  'DJN',
  'SPL',
  'SLT',
  'CMP',
  'SEQ',
  'SNE',
  'NOP',
  'LDP',
  'STP',
] as const;

/** Which fields of the two instructions an operation reads and writes. */
export const MODIFIERS = ['A', 'B', 'AB', 'BA', 'F', 'X', 'I'] as const;

/** Immediate, direct, B-indirect, B-predecrement, B-postincrement, A-indirect, A-predecrement, A-postincrement. */
export const MODES = ['#', '$', '@', '<', '>', '*', '{', '}'] as const;

export type Opcode = (typeof OPCODES)[number];
export type Modifier = (typeof MODIFIERS)[number];
export type Mode = (typeof MODES)[number];

/** One instruction. Fields are integers in `0..coreSize-1`, as a core holds them. */
export type Instruction = {
  readonly opcode: Opcode;
  readonly modifier: Modifier;
  readonly aMode: Mode;
  readonly a: number;
  readonly bMode: Mode;
  readonly b: number;
};

/** What an empty core is full of. */
export const EMPTY_INSTRUCTION: Instruction = {
  opcode: 'DAT',
  modifier: 'F',
  aMode: '$',
  a: 0,
  bMode: '$',
  b: 0,
};

/**
 * Opcode, modifier and modes in one integer: `opcode << 9 | modifier << 6 | aMode << 3 | bMode`, each as its index in
 * the tables above. Below 2^14.
 */
export function packCode({ opcode, modifier, aMode, bMode }: Omit<Instruction, 'a' | 'b'>): number {
  return (
    (OPCODES.indexOf(opcode) << 9) |
    (MODIFIERS.indexOf(modifier) << 6) |
    (MODES.indexOf(aMode) << 3) |
    MODES.indexOf(bMode)
  );
}

/** The instruction of a packed code and two fields. */
export function unpackCode(code: number, a: number, b: number): Instruction {
  return {
    opcode: OPCODES[code >> 9]!,
    modifier: MODIFIERS[(code >> 6) & 7]!,
    aMode: MODES[(code >> 3) & 7]!,
    a,
    bMode: MODES[code & 7]!,
    b,
  };
}
