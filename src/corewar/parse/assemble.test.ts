import { describe, expect, test } from 'vitest';
import { MODES, OPCODES } from '../instruction.ts';
import { defaultModifier, OPCODE_TABLE } from '../redcode-tables.ts';
import { makeSettings, namedSettings } from '../settings.ts';
import { type AssembleOptions, assemble } from './assemble.ts';
import { formatLoadFile } from './format-load-file.ts';

const settings = makeSettings();

/** The instructions as a load file has them, or the errors with their places. */
function load(source: string, options: AssembleOptions = {}): string[] {
  const { warrior, diagnostics } = assemble(source, options);
  if (warrior === null) {
    return diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ line, column, text, message }) => `${line}:${column} ${text}: ${message}`);
  }
  const [org, ...rest] = formatLoadFile(warrior, options.settings ?? settings)
    .trimEnd()
    .split('\n');
  return org === 'ORG 0' ? rest : [org!, ...rest];
}
const errors = (source: string, options: AssembleOptions = {}) =>
  assemble(source, options).diagnostics.filter(({ severity }) => severity === 'error');
const warnings = (source: string) =>
  assemble(`;assert 1\n${source}`).diagnostics.map(
    ({ line, message }) => `${line - 1}: ${message}`,
  );

describe('operands', () => {
  test('a lone operand, and what is put for the other', () => {
    expect(load('dat 5\njmp @5\nspl #5\nnop 5')).toEqual([
      'DAT.F #0, $5',
      'JMP.B @5, $0',
      'SPL.B #5, $0',
      'NOP.F $5, $0',
    ]);
    const needTwo = OPCODES.filter((opcode) => !/DAT|JMP|SPL|NOP/.test(opcode));
    for (const opcode of needTwo) {
      expect(load(`${opcode} 5`)).toEqual([`1:1 ${opcode}: ${opcode} needs two operands`]);
    }
  });

  test('every opcode with every pair of modes has the default modifier of ICWS’94', () => {
    for (const opcode of OPCODES) {
      for (const a of MODES) {
        for (const b of MODES) {
          const modifier = defaultModifier(opcode, a, b);
          expect(load(`${opcode} ${a}1,${b}2`)).toEqual([`${opcode}.${modifier} ${a}1, ${b}2`]);
        }
      }
    }
    expect(defaultModifier('MOV', '#', '#')).toBe('AB');
    expect(defaultModifier('ADD', '$', '#')).toBe('B');
    expect(defaultModifier('SLT', '$', '$')).toBe('B');
    expect(defaultModifier('SNE', '<', '>')).toBe('I');
  });

  test('modifiers in any case, spaces round the point; names that are modifiers stay names', () => {
    expect(load('mov.ab 1,2\nMoV .X 1,2\nmov . f 1,2\ni equ 5\nmov.i i,i')).toEqual([
      'MOV.AB $1, $2',
      'MOV.X $1, $2',
      'MOV.F $1, $2',
      'MOV.I $5, $5',
    ]);
    expect(load('mov.q 1,2')).toEqual(["1:5 q: 'q' is not a modifier"]);
  });

  test('fields are reduced by the core and print signed', () => {
    expect(load('dat 8000,-8001\ndat 4000,4001\ndat 4294967296,-1')).toEqual([
      'DAT.F $0, $-1',
      'DAT.F $4000, $-3999',
      'DAT.F $-704, $-1',
    ]);
  });

  test('a mode and an operator are told apart by their place', () => {
    expect(load('mov >1,>2\nmov 1>2,1<2\nmov 2*3,*2\nmov > 1 > 2,3')).toEqual([
      'MOV.I >1, >2',
      'MOV.I $0, $1',
      'MOV.I $6, *2',
      'MOV.I >0, $3',
    ]);
  });

  test('A may be a mode alone, B may not', () => {
    expect(load('mov #,1')).toEqual(['MOV.AB #0, $1']);
    expect(errors('mov 1,#')).toMatchObject([{ column: 7, text: '#' }]);
    for (const source of ['mov ,1', 'mov 1,', 'mov 1,,2', 'mov 1,2,3', 'mov', 'mov 1 2']) {
      expect(errors(source), source).toHaveLength(1);
    }
  });
});

describe("rules of '88", () => {
  const rules = { rules: '88' } as const;
  test('each opcode allows its modes and no others', () => {
    for (const opcode of OPCODES) {
      const { modes88 } = OPCODE_TABLE[opcode];
      for (const a of MODES) {
        for (const b of MODES) {
          const isValid = modes88?.a.includes(a) && modes88.b.includes(b);
          const source = `${opcode} ${a}1,${b}2`;
          expect(assemble(source, rules).warrior !== null, source).toBe(isValid ?? false);
        }
      }
    }
  });

  test('no modifiers, ORG or PIN; END, EQU and FOR stay', () => {
    expect(errors('mov.i 1,2', rules)).toMatchObject([{ column: 4, text: '.' }]);
    expect(errors('org 0\njmp 1', rules)).toMatchObject([{ line: 1, text: 'org' }]);
    expect(errors('pin 0\njmp 1', rules)).toMatchObject([{ line: 1, text: 'pin' }]);
    expect(errors('dat 5', rules)).toMatchObject([{ text: '5' }]);
    expect(load('x equ #1\ni for 2\nslt x,#i\nrof\nend 1', rules)).toEqual([
      'ORG 1',
      'SLT.AB #1, #1',
      'SLT.AB #1, #2',
    ]);
  });
});

describe('labels', () => {
  test('with a colon or without, several, alone on a line; case counts', () => {
    expect(load('a: b\nc\nfoo: bar dat 0\n jmp a,c\n jmp foo,bar')).toEqual([
      'DAT.F #0, $0',
      'JMP.B $-1, $-1',
      'JMP.B $-2, $-2',
    ]);
    expect(errors('foo dat 0\n jmp Foo')).toMatchObject([
      { line: 2, column: 6, text: 'Foo', hint: "did you mean 'foo'?" },
    ]);
  });

  test('count from the instruction; from the first one in ORG and END', () => {
    expect(load('dat x\n dat CURLINE,x\nx dat x\n org x-1')).toEqual([
      'ORG 1',
      'DAT.F #0, $2',
      'DAT.F $1, $1',
      'DAT.F #0, $0',
    ]);
    expect(load('dat 0\n end 0\n garbage (')).toEqual(['DAT.F #0, $0']);
  });

  test('after the last instruction a label needs an END', () => {
    expect(load('jmp lab\nlab\n end')).toEqual(['JMP.B $1, $0']);
    expect(errors('jmp lab\nlab')).toMatchObject([{ line: 1, text: 'lab' }]);
  });

  test('a line with a label that is defined already is ignored, with a warning', () => {
    expect(load('foo dat 1\nbar foo dat 2\n jmp bar')).toEqual(['DAT.F #0, $1', 'JMP.B $0, $0']);
    expect(warnings('foo dat 1\nfoo dat 2')).toEqual([
      "2: 'foo' is defined already: this line is ignored",
    ]);
  });

  test('seven of one instruction, no predefined name, no number', () => {
    expect(load('a b c d e f g dat 1')).toEqual(['DAT.F #0, $1']);
    expect(errors('a b c d e f g h dat 1')).toMatchObject([{ column: 15, text: 'h' }]);
    expect(errors('CORESIZE dat 1')).toMatchObject([{ text: 'CORESIZE' }]);
    expect(errors('1foo dat 1')).toMatchObject([{ text: '1' }]);
    expect(errors('dat dat 1')).toMatchObject([{ column: 5, text: 'dat' }]);
  });
});

describe('EQU', () => {
  test('is text, not a value', () => {
    expect(load('x equ 1+1\n mov x*2,0')).toEqual(['MOV.I $3, $0']);
    expect(load('x equ #5 ; five\n mov x,2')).toEqual(['MOV.AB #5, $2']);
    expect(load('x equ 1,2\n mov x')).toEqual(['MOV.I $1, $2']);
    expect(load('m equ mov\n x equ .i\n m x 1,2')).toEqual(['MOV.I $1, $2']);
    expect(load('x equ lab\nx dat 1\n jmp lab')).toEqual(['DAT.F #0, $1', 'JMP.B $-1, $0']);
    expect(load('x equ\n dat 1 x')).toEqual(['DAT.F #0, $1']);
  });

  test('may come later, and use labels and other EQUs', () => {
    expect(load('mov x,0\nx equ y+lab\ny equ 2\nlab dat 0')).toEqual([
      'MOV.I $3, $0',
      'DAT.F #0, $0',
    ]);
  });

  test('of several lines stands for several instructions', () => {
    const source = 'q equ dat 1\n ; between\n\n equ jmp q2, 3\nl q\nq2 q';
    expect(load(source)).toEqual(['DAT.F #0, $1', 'JMP.B $1, $3', 'DAT.F #0, $1', 'JMP.B $-1, $3']);
    expect(errors('x equ 1\n equ dat 2\n dat x')).toMatchObject([{ line: 3, text: 'x' }]);
  });

  test('a number goes on over spaces, but not beyond what an EQU or a label put in', () => {
    expect(load('x equ 1\n dat 2 3\n dat 5 x')).toEqual(['DAT.F #0, $23', 'DAT.F #0, $51']);
    expect(errors('x equ 1\n dat x 5')).toMatchObject([{ line: 2, column: 8, text: '5' }]);
    expect(warnings('dat 2 3')).toEqual(["1: '2' and '3' are read as '23'"]);
  });

  test('of itself is an error wherever it is used', () => {
    for (const source of ['x equ x\n dat x', 'x equ y\ny equ x\n x', 'x equ dat 1\n equ x\n x']) {
      expect(errors(source)[0]?.message, source).toMatch(/defined through itself/);
    }
    expect(load('x equ (x+1)\n dat 0')).toEqual(['DAT.F #0, $0']);
  });
});

describe('FOR', () => {
  test('repeats, counts from 01, joins names', () => {
    expect(load('i for 2\nl&i dat i, l&i\n rof\n jmp l02')).toEqual([
      'DAT.F $1, $0',
      'DAT.F $2, $0',
      'JMP.B $-1, $0',
    ]);
    expect(load('i for 2\nj for 2\na&i&j dat i, j\n rof\n rof\n jmp a0102')).toHaveLength(5);
    expect(load('x equ i*2\ni for 2\n dat x\n rof')).toEqual(['DAT.F #0, $2', 'DAT.F #0, $4']);
  });

  test('its other labels are of the first instruction; its count knows what is defined before', () => {
    expect(load('a i for 2\n dat i\n rof\n jmp a')).toEqual([
      'DAT.F #0, $1',
      'DAT.F #0, $2',
      'JMP.B $-2, $0',
    ]);
    expect(load('foo dat 0\n for foo+2\n dat 7\n rof')).toHaveLength(2);
    expect(load('dat 1\n for MAXLENGTH-CURLINE\n dat 2\n rof')).toHaveLength(100);
    expect(errors('for foo\n dat 7\n rof\nfoo dat 0')).toMatchObject([{ line: 1, text: 'foo' }]);
  });

  test('none or fewer leave the block out, with all that it holds', () => {
    expect(load('for 0\n for 2\n junk (\n rof\n end\n rof\n for -1\n dat 1\n rof\n dat 3')).toEqual(
      ['DAT.F #0, $3'],
    );
  });

  test('and ROF belong together', () => {
    expect(errors('rof\n dat 0')).toMatchObject([{ line: 1, text: 'rof' }]);
    expect(warnings('i for 2\n dat i')).toEqual(['1: FOR without a ROF']);
    expect(load('i for 2\n dat i\n end\n rof')).toEqual(['DAT.F #0, $1']);
    expect(errors('foo&i dat 1')).toMatchObject([{ text: 'foo&i' }]);
  });
});

describe('ORG, END, PIN', () => {
  test('the last ORG, else END, says where to start', () => {
    expect(load('org 0\n dat 1\n dat 2\n org 1\n end 0')[0]).toBe('ORG 1');
    expect(load('dat 1\n dat 2\n end 1')[0]).toBe('ORG 1');
    expect(warnings('org 1\n dat 1')).toEqual([
      '1: the warrior starts at 1, outside of its instructions',
    ]);
    expect(assemble('org -1\n dat 1').warrior?.start).toBe(7999);
  });

  test('PIN is kept as it is', () => {
    expect(assemble('pin -5\n dat 1').warrior?.pin).toBe(-5);
    expect(assemble('pin CORESIZE\n dat 1').warrior?.pin).toBe(8000);
    expect(assemble('dat 1').warrior?.pin).toBeNull();
  });
});

test('predefined variables are those of the settings', () => {
  const source = `
    dat CORESIZE-MAXLENGTH, MINDISTANCE
    dat MAXPROCESSES, MAXCYCLES
    dat WARRIORS, ROUNDS
    dat PSPACESIZE, VERSION`;
  const options = { settings: namedSettings('94x'), warriors: 3, rounds: 7 };
  expect(load(' dat #VERSION', { pmars: '0.9.2' })).toEqual(['DAT.F #0, #92']);
  expect(load(source, options)).toEqual([
    'DAT.F $-200, $200',
    'DAT.F $10000, $1040',
    'DAT.F $3, $7',
    'DAT.F $3465, $95',
  ]);
});

describe(';assert', () => {
  test('true, false, missing, no expression', () => {
    const say = (source: string) => {
      const { warrior, diagnostics } = assemble(source);
      return `${warrior !== null} ${diagnostics.map(({ message }) => message.slice(0, 20))}`;
    };
    expect(say(';assert CORESIZE==8000 && MAXLENGTH >= 100 ; x\n dat 1')).toBe('true ');
    expect(say(';assert !(CORESIZE % 4)\n dat 1')).toBe('true ');
    expect(say(';assert CORESIZE==55440\n dat 1')).toBe('false this assertion fails');
    expect(say('dat 1')).toBe('true there is no ;assert:');
    expect(say(';assert foo\n dat 1')).toBe('true this ;assert is not ,there is no ;assert:');
    expect(say(';assert\n dat 1')).toBe('true this ;assert is not ,there is no ;assert:');
    expect(say(';assert foo\n;assert 1\n dat 1')).toBe('true this ;assert is not ');
    expect(say(';assert 1\n;assert 1==2\n dat 1')).toBe('false this assertion fails');
    expect(say('i for 2\n;assert i<2\n dat 1\n rof')).toBe('false this assertion fails');
    expect(say(' dat 1\n end\n;assert 0')).toBe('true there is no ;assert:');
  });

  test('goes unseen right after an EQU, as in pMARS', () => {
    expect(load('x equ 5\n;assert 0\n dat 1')).toEqual(['DAT.F #0, $1']);
    expect(errors('x equ 5\n org 0\n;assert 0\n dat 1')).toHaveLength(1);
  });
});

test('all faults of a source at once, each at its place', () => {
  const source = 'foo mov baz, 1\n dat #0 #0\n\tadd 4 3\n jmp fooo\n frob 1\n dat 1/0\n dat (2';
  expect(load(source)).toEqual([
    "1:9 baz: 'baz' is not defined",
    "2:9 #: '#' is out of place",
    "3:8 3: a comma is missing before '3'",
    "4:6 fooo: 'fooo' is not defined",
    "5:2 frob: 'frob' is not an opcode",
    '6:7 /: division by zero',
    "7:6 (: '(' without a ')'",
  ]);
});

test('an instruction too many is one error', () => {
  expect(load('for 101\n dat 1\n rof')).toEqual(['2:2 dat: more than 100 instructions']);
  expect(load('for 5000\n dat 1\n rof\n dat x1', { settings: namedSettings('nano') })).toEqual([
    '2:2 dat: more than 5 instructions',
    "4:6 x1: 'x1' is not defined",
  ]);
});

test('a source without instructions is a warrior of length 0, with a warning', () => {
  for (const source of ['', ';name x', '\0', 'x equ 1', ' end 5', ' for 0\n dat 1\n rof']) {
    const { warrior, diagnostics } = assemble(`;assert 1\n${source}`);
    expect(warrior, source).toMatchObject({ instructions: [], start: 0, pin: null });
    expect(diagnostics, source).toMatchObject([{ severity: 'warning', code: 'no-instructions' }]);
    expect(formatLoadFile(warrior!, settings)).toBe('ORG 0\n');
  }
  expect(errors('lab')).toEqual([]);
});
