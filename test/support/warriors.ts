// Small warriors of our own, as sources and as what they assemble to with a core of 8000.

import type { Warrior } from '../../src/corewar/index.ts';

const source = (name: string, author: string, lines: readonly string[]) =>
  [';redcode-94', `;name ${name}`, `;author ${author}`, ';assert 1', ...lines, ''].join('\n');

export const SOURCES = {
  imp: source('Imp', 'us', ['ORG 0', 'MOV.I $0, $1']),
  sitter: source('Sitter', 'us', ['ORG 0', 'JMP.B $0, $0']),
  dwarf: source('Dwarf', 'us', [
    'ORG 1',
    'DAT.F $0, $4',
    'ADD.AB #4, $-1',
    'MOV.I $-2, @-2',
    'JMP.B $-2, $0',
  ]),
  suicide: source('Suicide', 'us', ['ORG 0', 'DAT.F $0, $0']),
  splitter: source('Splitter', 'us', ['ORG 0', 'SPL.B $0, $0', 'JMP.B $-1, $0']),
} as const;

const warrior = (
  name: string,
  start: number,
  instructions: readonly (readonly [
    Warrior['instructions'][number]['opcode'],
    Warrior['instructions'][number]['modifier'],
    Warrior['instructions'][number]['aMode'],
    number,
    Warrior['instructions'][number]['bMode'],
    number,
  ])[],
): Warrior => ({
  name,
  author: 'us',
  strategy: '',
  start,
  pin: null,
  instructions: instructions.map(([opcode, modifier, aMode, a, bMode, b]) => ({
    opcode,
    modifier,
    aMode,
    a: (a + 8000) % 8000,
    bMode,
    b: (b + 8000) % 8000,
  })),
});

export const IMP = warrior('Imp', 0, [['MOV', 'I', '$', 0, '$', 1]]);
export const SITTER = warrior('Sitter', 0, [['JMP', 'B', '$', 0, '$', 0]]);
export const DWARF = warrior('Dwarf', 1, [
  ['DAT', 'F', '$', 0, '$', 4],
  ['ADD', 'AB', '#', 4, '$', -1],
  ['MOV', 'I', '$', -2, '@', -2],
  ['JMP', 'B', '$', -2, '$', 0],
]);
export const SUICIDE = warrior('Suicide', 0, [['DAT', 'F', '$', 0, '$', 0]]);
/** Kills what stands at 4000 from it with its first instruction. */
export const SNIPER = warrior('Sniper', 0, [
  ['MOV', 'I', '$', 2, '$', 4000],
  ['JMP', 'B', '$', 0, '$', 0],
  ['DAT', 'F', '$', 0, '$', 0],
]);
