// An instruction as pMARS lists it.

import type { Instruction } from './instruction.ts';

/** `MOV.I  $     0, $     1`: fields signed, in columns. */
export function formatInstruction(instruction: Instruction, coreSize: number): string {
  const { opcode, modifier, aMode, a, bMode, b } = instruction;
  const operands = [formatOperand(aMode, a, coreSize), formatOperand(bMode, b, coreSize)];
  return `${`${opcode}.${modifier}`.padEnd(6)} ${operands.join(', ')}`;
}

function formatOperand(mode: string, field: number, coreSize: number): string {
  return `${mode}${String(field > coreSize / 2 ? field - coreSize : field).padStart(6)}`;
}
