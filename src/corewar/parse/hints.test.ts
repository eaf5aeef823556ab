// One helpful error for each mistake that people and language models make.

import { describe, expect, test } from 'vitest';
import { assemble } from './assemble.ts';
import { nearOpcode } from './hints.ts';

/** Errors and advice as `LINE:COLUMN TEXT: MESSAGE (HINT)`. */
const say = (source: string | Uint8Array) =>
  assemble(source).diagnostics.flatMap(({ line, column, text, message, hint, code }) =>
    code === 'missing-assert' ? [] : [`${line}:${column} ${text}: ${message} (${hint})`],
  );

test.each([
  ['mvo', 'MOV'],
  ['MOVE', 'MOV'],
  ['jpm', 'JMP'],
  ['jump', 'JMP'],
  ['spli', 'SPL'],
  ['split', 'SPL'],
  ['dta', 'DAT'],
  ['sqe', 'SEQ'],
  ['jz', 'JMZ'],
  ['goto', 'JMP'],
  ['halt', 'DAT'],
  ['loop', undefined],
  ['frob', undefined],
  ['x', undefined],
  ['a'.repeat(10_000), undefined],
])('%s may be %s', (name, opcode) => expect(nearOpcode(name)).toBe(opcode));

describe('a misspelled opcode', () => {
  test('is marked itself, wherever the line fails', () => {
    expect(say(' mvo 0, 1')).toEqual(["1:2 mvo: 'mvo' is not an opcode (did you mean MOV?)"]);
    expect(say('go mvo.i #0, 1\n jmp go')).toEqual([
      "1:4 mvo: 'mvo' is not an opcode (did you mean MOV?)",
    ]);
    expect(say('foo: $5')).toEqual([
      "1:6 $: '$' where a label or an opcode should be (an opcode is missing)",
    ]);
    expect(say(' bumble 1')).toEqual([
      "1:2 bumble: 'bumble' is not an opcode (an opcode comes before the operands)",
    ]);
  });

  test('that makes labels of its line is accepted, as in pMARS, and named', () => {
    expect(say('lop dat 0\n jpm lop\n dat 0')).toEqual([
      "2:6 lop: 'lop' is defined already: this line is ignored ('jpm' is read as a label too: did you mean JMP?)",
    ]);
    expect(say(' jpm lop\n dat 0')).toEqual([
      "1:2 jpm: 'jpm' and 'lop' are read as labels (did you mean JMP?)",
    ]);
  });
});

describe('numbers and operands', () => {
  test('no hexadecimal', () => {
    expect(say(' mov 0x10, 1')).toEqual([
      "1:7 x10: 'x10' is not defined (if this is a hexadecimal number, write 16)",
    ]);
  });

  test('a missing comma', () => {
    expect(say(' mov 0 1')).toEqual([
      "1:8 1: a comma is missing before '1' (MOV has two operands)",
    ]);
    expect(say('lab mov #1 lab')).toEqual([
      "1:12 lab: a comma is missing before 'lab' (MOV has two operands)",
    ]);
    expect(say(' mov $0 $1')).toEqual([
      "1:9 $: '$' is out of place (a comma may be missing before it)",
    ]);
    expect(say(' add 3')).toEqual(['1:2 add: ADD needs two operands (as in: ADD 0, 1)']);
  });

  test('two lines that became one', () => {
    expect(say(' mov 0, 1 jmp -1')).toEqual([
      "1:11 jmp: 'jmp' where a value should be: JMP is a keyword (a statement has one keyword; is the end of a line missing before it?)",
    ]);
  });
});

describe('text that is no Redcode', () => {
  test('a Markdown fence is one error, and what is within is read', () => {
    const fenced =
      'Here is the warrior, as asked:\n```redcode\n mov 0, 1\n jmp nowhere\n```\nIt is 2 long.';
    const fence =
      '```redcode: a Markdown fence is not Redcode (give the lines between the fences alone)';
    expect(say(fenced)).toEqual([
      `2:1 ${fence}`,
      "4:6 nowhere: 'nowhere' is not defined (undefined)",
    ]);
    expect(say('```redcode\n mov 0, 1')).toEqual([`1:1 ${fence}`]);
    expect(assemble(fenced).warrior).toBeNull();
    // After END, pMARS sees no fence.
    expect(assemble(';assert 1\n mov 0, 1\n end\n```\n').diagnostics).toEqual([]);
  });

  test('a fence of tildes is one too, and a lone backtick is none', () => {
    const fence = 'a Markdown fence is not Redcode (give the lines between the fences alone)';
    expect(say('~~~redcode\n mov 0, 1\n mov 0, 1\n~~~\n')).toEqual([`1:1 ~~~redcode: ${fence}`]);
    expect(say(' mov 0, 1\n mov 0, 1\n  \\\n ```\n')).toEqual([`4:2 \`\`\`: ${fence}`]);
    expect(say('mov 0,1\nmov 0,1\n`mov 0,1\n')).toEqual([
      "3:1 `: '`' where a label or an opcode should be (backticks are Markdown, not Redcode; leave them out)",
    ]);
    expect(assemble('x equ ```\n mov 0, 1\n x\n').diagnostics).toMatchObject([
      { code: 'missing-assert' },
      { line: 3, column: 2, code: 'misplaced' },
    ]);
  });

  test('typographic characters are named with what to type', () => {
    expect(say(' mov “0”, 1')).toEqual([
      "1:6 “: '“' is out of place (Redcode has no quotation marks; leave them out)",
    ]);
    expect(say(' jmp –1')).toEqual(["1:6 –: '–' is out of place (write '-')"]);
    expect(say('\u00a0mov 0, 1')).toEqual([
      "1:1 \u00a0: '\\xa0' where a label or an opcode should be (this is a no-break or wide space; type a plain one)",
    ]);
  });

  test('a byte order mark, and UTF-16', () => {
    expect(say(Uint8Array.of(0xef, 0xbb, 0xbf, 0x3b, 0x61))).toEqual([
      "1:1 \ufeff: '\\xfeff' where a label or an opcode should be (the file begins with a byte order mark; save it as UTF-8 without one)",
    ]);
    expect(
      say(Uint8Array.from(Buffer.from('\ufeff;assert 1\n mov 0, 1\n mov 0, 1\n', 'utf16le'))),
    ).toEqual(['1:1 : the file is UTF-16 (save it as UTF-8 or plain ASCII)']);
  });
});

test('one mistake is one error', () => {
  const uses = ' jmp nowhere\n'.repeat(5);
  expect(say(`go mvo 0, 1\n jmp go\n${uses}`)).toEqual([
    "1:4 mvo: 'mvo' is not an opcode (did you mean MOV?)",
    "3:6 nowhere: 'nowhere' is not defined; it is used 5 times (undefined)",
  ]);
  expect(say('i for x1\n dat i, l&i\n rof')).toEqual([
    "1:7 x1: 'x1' is not defined here (FOR knows what is defined above it)",
    "2:9 l&i: 'l01' is not defined (undefined)",
  ]);
  expect(say('x equ 1\n equ dat 2\nlab dat x\n jmp lab')).toHaveLength(1);
  expect(say('foo dat foo&i\n jmp foo')).toHaveLength(1);
});
