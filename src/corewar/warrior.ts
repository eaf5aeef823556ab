// An assembled warrior: what a core is loaded with, and what it is called.

import type { Instruction } from './instruction.ts';

export type Warrior = {
  readonly name: string;
  readonly author: string;
  /** Lines of `;strategy`, joined by newlines. */
  readonly strategy: string;
  readonly instructions: readonly Instruction[];
  /** Offset of the instruction that runs first. */
  readonly start: number;
  /** Warriors with the same number share their P-space. */
  readonly pin: number | null;
};
