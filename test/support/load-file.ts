// Reads load files as pMARS lists them: `ORG n`, then instructions with every modifier and mode written out.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type Instruction,
  MODES,
  MODIFIERS,
  type Mode,
  type Modifier,
  OPCODES,
  type Opcode,
  type Warrior,
} from '../../src/corewar/index.ts';

const LINE = /^([A-Z]{3})\.([ABFXI]{1,2})\s+([#$@<>*{}])\s*(-?\d+),\s*([#$@<>*{}])\s*(-?\d+)$/;

/** @throws Error if a line is not an instruction */
export function parseLoadFile(text: string, name: string, coreSize = 8000): Warrior {
  let start = 0;
  const instructions: Instruction[] = [];
  for (const line of text.split('\n').map((part) => part.trim())) {
    if (line === '' || line.startsWith(';')) continue;
    const origin = /^ORG\s+(\d+)$/.exec(line);
    if (origin) start = Number(origin[1]);
    else instructions.push(parseInstruction(line, coreSize));
  }
  return { name, author: '', strategy: '', instructions, start, pin: null };
}

function parseInstruction(line: string, coreSize: number): Instruction {
  const [, opcode, modifier, aMode, a, bMode, b] = LINE.exec(line) ?? [];
  const known =
    OPCODES.includes(opcode as Opcode) &&
    MODIFIERS.includes(modifier as Modifier) &&
    MODES.includes(aMode as Mode);
  if (!known) throw new Error(`no instruction: ${line}`);
  const reduce = (field: string) => ((Number(field) % coreSize) + coreSize) % coreSize;
  return {
    opcode: opcode as Opcode,
    modifier: modifier as Modifier,
    aMode: aMode as Mode,
    a: reduce(a!),
    bMode: bMode as Mode,
    b: reduce(b!),
  };
}

export function readLoadFile(folder: string, name: string): Warrior {
  return parseLoadFile(readFileSync(path.join(folder, `${name}.ld`), 'latin1'), name);
}
