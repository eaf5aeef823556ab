// Words that open a statement: opcodes and the assembler's own.

import { OPCODES, type Opcode } from '../instruction.ts';

export type Keyword = Opcode | 'EQU' | 'FOR' | 'ROF' | 'ORG' | 'END' | 'PIN';

const KEYWORDS: ReadonlyMap<string, Keyword> = new Map(
  [...OPCODES, 'EQU', 'FOR', 'ROF', 'ORG', 'END', 'PIN'].map((name) => [name, name as Keyword]),
);

/** The keyword that a name is, in whatever case. */
export function findKeyword(name: string): Keyword | undefined {
  return name.length === 3 ? KEYWORDS.get(name.toUpperCase()) : undefined;
}
