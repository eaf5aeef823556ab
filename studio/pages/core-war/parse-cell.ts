// An instruction that is typed into a cell.

import { assemble, type CoreSettings, type Instruction } from '../../../src/corewar/index.ts';

/** The instruction, or what is wrong with the text, in a sentence. */
export function parseCell(
  text: string,
  settings: CoreSettings,
): { readonly instruction: Instruction } | { readonly fault: string } {
  if (text.trim() === '') return { fault: 'Type an instruction, such as MOV.I $0, $1.' };
  const { warrior, diagnostics } = assemble(text, { settings });
  if (warrior === null) {
    const { message, hint } = diagnostics.find(({ severity }) => severity === 'error')!;
    return { fault: `${message}${hint === undefined ? '' : ` (${hint})`}` };
  }
  if (warrior.instructions.length !== 1) {
    return { fault: 'A cell holds one instruction, such as MOV.I $0, $1.' };
  }
  return { instruction: warrior.instructions[0]! };
}
