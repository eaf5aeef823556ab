// Warriors that only a core with P-space can play.

import type { Opcode } from './instruction.ts';
import type { Warrior } from './warrior.ts';

/** The first instruction that uses P-space, if there is one. */
export function findPspaceUse(warrior: Warrior | null): Opcode | undefined {
  return warrior?.instructions.find(({ opcode }) => opcode === 'LDP' || opcode === 'STP')?.opcode;
}
