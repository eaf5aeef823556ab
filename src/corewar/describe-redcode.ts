// A manual of Redcode made from the assembler's own tables, so that the two cannot disagree.

import { MODES, MODIFIERS, OPCODES } from './instruction.ts';
import { defaultModifier, MODE_TABLE, MODIFIER_TABLE, OPCODE_TABLE } from './redcode-tables.ts';

/** The manual as Markdown, for people and for language models. */
export function describeRedcode(): string {
  return [
    '## Redcode',
    'A line is `[label] OPCODE[.modifier] [mode]A, [mode]B  ; comment`. Operands are numbers or expressions, relative to the line that they stand in; a label stands for the distance to its line. Case does not matter.',
    'An instruction is executed in this order: operand A is evaluated, with its decrement, load and increment; then operand B; then the operation, on the values that were loaded. The process then goes on at the next instruction unless the operation says otherwise. The processes of a warrior take turns, one instruction a turn.',
    section('Opcodes', OPCODES.map(describeOpcode)),
    section(
      'Modifiers: which fields the operation uses',
      MODIFIERS.map((modifier) => `- \`.${modifier}\` ${MODIFIER_TABLE[modifier]}`),
    ),
    section(
      'Modes: what an operand points at',
      MODES.map((mode) => `- \`${mode}\` ${MODE_TABLE[mode]}`),
    ),
    section('Pseudo-operations', PSEUDO_OPERATIONS),
    section('Examples', EXAMPLES),
  ].join('\n\n');
}

function section(heading: string, lines: readonly string[]): string {
  return `### ${heading}\n\n${lines.join('\n')}`;
}

function describeOpcode(opcode: (typeof OPCODES)[number]): string {
  const { summary, loneOperand } = OPCODE_TABLE[opcode];
  const plain = defaultModifier(opcode, '$', '$');
  const immediate = defaultModifier(opcode, '#', '$');
  const modifier =
    plain === immediate ? `.${plain}` : `.${plain}, with an immediate A .${immediate}`;
  const operands =
    loneOperand === null ? 'two operands' : `one operand alone is ${loneOperand.toUpperCase()}`;
  return `- \`${opcode}\` ${summary} Modifier if none is written: ${modifier}; ${operands}.`;
}

const PSEUDO_OPERATIONS = [
  '- `label EQU text` puts the text in place of the label; following lines with `EQU` add to it.',
  '- `ORG label` or `END label` says where the first process begins; without them at the first line.',
  '- `FOR count` … `ROF` repeats lines; a label before `FOR` counts from 1, and `name&label` joins that number to a name.',
  '- `;name`, `;author`, `;strategy` lines describe the warrior; `;assert expression` refuses a core it is not made for.',
  '- Expressions have `+ - * / %`, comparisons, `&&`, `||` and parentheses. `CORESIZE`, `MAXCYCLES`, `MAXPROCESSES`, `MAXLENGTH` and `MINDISTANCE` are numbers that the core defines.',
];

const EXAMPLES = [
  'Copies itself to the next cell, and so walks around the core:',
  '```redcode\n        mov.i   0, 1\n```',
  'Drops a `DAT` on every fifth cell, passing over itself:',
  [
    '```redcode',
    'step    equ     5',
    'start   add.ab  #step, target',
    '        mov.i   bomb, @target',
    '        jmp     start',
    'target  dat     0, 0',
    'bomb    dat     0, 0',
    '        end     start',
    '```',
  ].join('\n'),
  'Splits into many processes, all of which wipe the core upwards; the pointer is the B-field of `from`:',
  [
    '```redcode',
    'start   spl     0',
    'loop    mov.i   wipe, >from',
    '        jmp     loop',
    'from    dat     0, 12',
    'wipe    dat     0, 0',
    '        end     start',
    '```',
  ].join('\n'),
];
