// What pMARS makes of sources that are odd, each kind on its own. The figures are those of pMARS 0.9.5, and of 0.9.2 where it
// differs.

import { describe, expect, test } from 'vitest';
import { makeSettings } from '../settings.ts';
import { type AssembleOptions, assemble } from './assemble.ts';
import { formatLoadFile } from './format-load-file.ts';

/** The lines of the load file after `ORG 0`, or with it where it is another; null if the source is refused. */
function load(source: string, options: AssembleOptions = {}): string[] | null {
  const { warrior } = assemble(`;assert 1\n${source}`, options);
  if (warrior === null) return null;
  const lines = formatLoadFile(warrior, makeSettings(), options.rules).trimEnd().split('\n');
  return lines[0] === 'ORG 0' ? lines.slice(1) : lines;
}
const codes = (source: string) =>
  assemble(`;assert 1\n${source}`).diagnostics.map(({ code, line }) => `${code} ${line - 1}`);

describe('names put text in', () => {
  test('a label beside a number is read with it', () => {
    expect(load('death dat 0\n nop 0\n mov 1death, 2')).toEqual([
      'DAT.F #0, $0',
      'NOP.F $0, $0',
      'MOV.I $-1, $2',
    ]);
    expect(load(' dat 5 CORESIZE\n dat 1CURLINE')).toEqual(['DAT.F #0, $2000', 'DAT.F #0, $11']);
    expect(load(' dat 5 lab\nlab dat 0')).toBeNull();
  });

  test('what follows an EQU with an opcode counts labels from the next instruction', () => {
    expect(load('lab dat 0\nj equ jmp\n j lab\n jmp lab')).toEqual([
      'DAT.F #0, $0',
      'JMP.B $-2, $0',
      'JMP.B $-2, $0',
    ]);
  });

  test('of an EQU of several lines that stands further down, the first is put in', () => {
    expect(load(' dat x\nx equ 1\n equ 2')).toEqual(['DAT.F #0, $1']);
  });

  test('a label that an EQU leads to is a warning at the EQU, and the line goes on', () => {
    expect(load('bar dat 0\nfoo equ bar\n foo mov 1, 2')).toEqual(['DAT.F #0, $0', 'MOV.I $1, $2']);
    expect(codes('bar dat 0\nfoo equ bar\n foo mov 1, 2')).toEqual(['redefinition 2']);
  });

  test('what touches an opcode is read as it is written', () => {
    expect(load('i for 1\n dat#i, #i \n rof')).toEqual(['DAT.F #0, #1']);
    expect(load(' dat#CURLINE , 1')).toBeNull();
  });

  test('names are ASCII, and so are spaces', () => {
    expect(load(';name é\n;é\n mov 0, 1 ;é')).toEqual(['MOV.I $0, $1']);
    expect(load(' mov 0,\u00a01')).toBeNull();
    expect(load('é mov 0, 1')).toBeNull();
  });
});

describe('FOR', () => {
  test('of nothing takes any text up to its ROF', () => {
    const prose =
      ' 8 words, here for you: (for)\n mov for, 1\n x equ for\n "quoted"\n words for some\n rof';
    expect(load(` for 0\n${prose}\n rof\n mov 0, 1`)).toEqual(['MOV.I $0, $1']);
    expect(load(' for 0\n;assert 0\n end\n rof\n nop 0')).toEqual(['NOP.F $0, $0']);
    expect(codes(' for 0\n mov 0, 1')).toEqual(['no-instructions 0']);
  });

  test('counts in 16 bits', () => {
    expect(load(' for 65537\n nop 0\n rof')).toEqual(['NOP.F $0, $0']);
    expect(load(' for 65536\n nop 0\n rof')).toBeNull();
  });

  test('without a ROF ends the source, in an EQU too', () => {
    expect(load('x equ for 2\n x\n nop 0')).toEqual([]);
    expect(codes('x equ for 2\n x\n nop 0')).toContain('unclosed-for 2');
  });
});

describe('ORG and END', () => {
  test('END counts where ORG is at 0, and is ignored with a warning elsewhere', () => {
    expect(load(' org 0\n nop 0\n nop 1\n end 1')![0]).toBe('ORG 1');
    expect(load(' end 1\n nop 0')).toEqual([]);
    expect(codes(' org 0\n nop 0\n nop 1\n end 1')).toEqual([]);
    expect(codes(' org 1\n nop 0\n nop 1\n end 0')).toEqual([]);
    expect(codes(' org 1\n nop 0\n nop 1\n end')).toEqual([]);
    expect(codes(' org 1\n nop 0\n nop 1\n end 1')).toEqual(['ignored-end 4']);
    expect(load(' org 1\n org 0\n nop 0\n nop 1\n end 1')![0]).toBe('ORG 1');
  });
});

describe('versions', () => {
  test('READLIMIT and WRITELIMIT are known since 0.9.5', () => {
    const settings = makeSettings({ readLimit: 200, writeLimit: 100 });
    expect(load(' dat READLIMIT, WRITELIMIT', { settings })).toEqual(['DAT.F $200, $100']);
    expect(load(' dat READLIMIT, WRITELIMIT', { settings, pmars: '0.9.2' })).toBeNull();
  });

  test('operators group as each has it, and a backslash in a comment is one since 0.9.5', () => {
    const source = ' dat #1-2*3-4 ; \\\n nop 0';
    expect(load(source)).toEqual(['DAT.F #0, #-9', 'NOP.F $0, $0']);
    expect(load(source, { pmars: '0.9.2' })).toEqual(['DAT.F #0, #-1']);
    expect(load(source, { settings: makeSettings({ pmars: '0.9.2' }) })).toEqual(['DAT.F #0, #-1']);
  });
});

test('warnings of nine lines are an error', () => {
  const again = (count: number) => `a dat 0\n${'a dat 1\n'.repeat(count)}`;
  expect(load(again(8))).toEqual(['DAT.F #0, $0']);
  expect(load(again(9))).toBeNull();
});

test('a number beyond 64 bits wraps around, with a warning', () => {
  expect(codes(' dat #(9223372036854775807+1)%10, 0')).toEqual(['overflow 1']);
  expect(load(' dat #(9223372036854775807+1)%10, 0')).toEqual(['DAT.F #-8, $0']);
});

test("a load file of '88 has no modifiers and no ORG, and reads back", () => {
  const { warrior } = assemble(' mov 0, 1\nx jmp -1\n dat #1\n end x', { rules: '88' });
  const text = formatLoadFile(warrior!, makeSettings(), '88');
  expect(text).toBe('MOV $0, $1\nJMP $-1, $0\nDAT #0, #1\nEND 1\n');
  expect(assemble(text, { rules: '88' }).warrior).toEqual(warrior);
});

test('a load file keeps the PIN', () => {
  const { warrior } = assemble(' pin -42\n org 1\n ldp 0, 1\n stp 1, 2');
  const text = formatLoadFile(warrior!, makeSettings());
  expect(text).toBe('ORG 1\nPIN -42\nLDP.B $0, $1\nSTP.B $1, $2\n');
  expect(assemble(text).warrior).toEqual(warrior);
});
