// An instruction as pMARS lists it.

import type { Instruction } from './instruction.ts';

/** `MOV.I  $     0, $     1`: fields signed, in columns. `rules` 88 leaves the modifier out. */
export function formatInstruction(
  instruction: Instruction,
  coreSize: number,
  rules: '88' | '94' = '94',
): string {
  const { opcode, modifier, aMode, a, bMode, b } = instruction;
  const operation = rules === '88' ? opcode : `${opcode}.${modifier}`;
  const operands = [formatOperand(aMode, a, coreSize), formatOperand(bMode, b, coreSize)];
  return `${operation.padEnd(6)} ${operands.join(', ')}`;
}

function formatOperand(mode: string, field: number, coreSize: number): string {
  return `${mode}${String(field > coreSize / 2 ? field - coreSize : field).padStart(6)}`;
}
