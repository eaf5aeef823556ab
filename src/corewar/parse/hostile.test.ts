// Sources that mean harm, and sources that mean nothing: always a result, within the budgets.

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { OPCODES } from '../instruction.ts';
import { makeSettings } from '../settings.ts';
import { assemble } from './assemble.ts';
import { MAX_DIAGNOSTICS, MAX_LINE, MAX_SOURCE, MAX_WORK } from './budgets.ts';
import { createReport } from './diagnostics.ts';
import { expandSource } from './expand.ts';
import { createRegisters } from './expressions.ts';
import { formatLoadFile } from './format-load-file.ts';
import { readSource } from './source.ts';
import { createSymbols } from './symbols.ts';

const settings = makeSettings();
const chain = (count: number, body: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `x${i + 1} equ ${body(i)}\n`).join('');
const sum = (length: number) => `${'1+'.repeat(length)}1`;

/** What a source is, and whether it asks for more than the budget of work. */
const HOSTILE: Record<string, readonly [source: string, spends: boolean]> = {
  'a FOR without bound': [' for 1000000000\n dat 1\n rof', false],
  'an empty FOR in another': [' for 65534\n for 65534\n rof\n rof', true],
  'FOR in FOR in FOR': [`${'for 9999\n'.repeat(60)} rof\n`.repeat(2), false],
  'sixty FOR blocks within one another': [
    `${' for 3\n'.repeat(60)} dat 1\n${' rof\n'.repeat(60)}`,
    false,
  ],
  'sixty empty ones': [' for 3\n'.repeat(60) + ' rof\n'.repeat(60), true],
  'a thousand FOR blocks within one another': [
    ' for 3\n'.repeat(1000) + ' rof\n'.repeat(1000),
    true,
  ],
  'a block that is skipped again and again': [
    ` for 1000000\n for 0\n${' dat 1\n'.repeat(1000)} rof\n rof`,
    true,
  ],
  'a long line repeated': [` for 1000000\n x${'&i'.repeat(3000)}\n rof`, true],
  'EQUs that double': [`x0 equ 1\n${chain(60, (i) => `x${i}+x${i}`)} dat x60`, true],
  'EQUs that double, with nothing in them': [
    `x0 equ\n${chain(60, (i) => `x${i} x${i}`)} dat x60 1`,
    true,
  ],
  'EQUs of two lines that double': [`x0 equ "\n${chain(60, (i) => `x${i}\n equ x${i}`)} x60`, true],
  'labels that double': [`x0 equ a\n${chain(60, (i) => `x${i} x${i}`)} x60 dat 1`, false],
  'a chain of EQUs': [`x0 equ 1\n${chain(9000, (i) => `x${i}`)} dat x9000`, false],
  'a long EQU used often': [`x equ ${sum(4000)}\n${' dat x,x\n'.repeat(90)}`, true],
  'an EQU without end': [`x equ 1\n${' equ 1\n'.repeat(19_000)} dat x`, false],
  'an EQU of itself': ['x equ x x\n x', false],
  'a FOR in an EQU': ['x equ for 1000000000\n equ dat 1\n equ rof\n x', false],
  'parentheses without end': [` dat ${'('.repeat(8000)}`, false],
  'signs without end': [` dat ${'-'.repeat(8000)}`, false],
  'a number without end': [` dat ${'9'.repeat(8000)}`, false],
  'a line without end': [` dat ${sum(MAX_LINE)}`, false],
  'labels without end': ['a\n'.repeat(19_000), false],
  'errors without end': [' rof\n'.repeat(19_000), false],
  'names that nobody defined': [
    Array.from({ length: 19_000 }, (_, i) => ` dat u${i}`).join('\n'),
    false,
  ],
  'a megabyte': ['a'.repeat(1 << 20), false],
  'ten megabytes of EQU': [`x equ ${sum(5e6)}\n dat x`, false],
};

describe.each(Object.entries(HOSTILE))('%s', (_, [source, spends]) => {
  let assembled: ReturnType<typeof assemble>;
  beforeAll(() => {
    assembled = assemble(source);
  });

  test('ends in an error', () => {
    const { warrior, diagnostics } = assembled;
    expect(warrior).toBeNull();
    expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
    expect(diagnostics.length).toBeLessThanOrEqual(MAX_DIAGNOSTICS + 1);
    for (const { text } of diagnostics) expect(text.length).toBeLessThan(300);
  });

  test('does no more than it may', () => {
    const symbols = createSymbols({ settings, warriors: 1, rounds: 1, pmars: '0.9.5' });
    const report = createReport();
    const { code } = readSource(source, report, '0.9.5');
    const { statements, length } = expandSource(code, {
      symbols,
      registers: createRegisters(),
      report,
      maxLength: 100,
      pmars: '0.9.5',
    });
    const pieces = statements.reduce((all, statement) => all + statement.pieces.length, 0);
    // The last piece of work may go beyond the budget by a line.
    expect(MAX_WORK - symbols.budget.left).toBeLessThan(MAX_WORK + MAX_LINE * 2);
    expect(pieces).toBeLessThan(MAX_SOURCE + MAX_WORK);
    expect(length).toBeLessThanOrEqual(20_000);
    const { diagnostics } = assembled;
    expect(diagnostics.some(({ message }) => /grows beyond/.test(message))).toBe(spends);
  });
});

test('what pMARS takes for nothing is an empty warrior', () => {
  for (const source of ['\0'.repeat(MAX_SOURCE), ' for 1000000000\n rof']) {
    expect(assemble(source).warrior).toMatchObject({ instructions: [], start: 0 });
  }
});

/** The result is one: a warrior that reads back, or an error with its place in the source. */
function checkResult(source: string | Uint8Array): void {
  const { warrior, diagnostics } = assemble(source);
  const lines = typeof source === 'string' ? source.split('\n') : null;
  // All are looked at together: an expectation for each takes longer than the assembler.
  const misplaced = diagnostics.filter(({ line, column, message, text }) => {
    if (message === '' || !(line > 0)) return true;
    if (lines === null || text === '' || text.endsWith('…')) return false;
    return lines[line - 1]!.slice(column - 1, column - 1 + text.length) !== text;
  });
  expect(misplaced).toEqual([]);
  expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(warrior === null);
  if (warrior === null) return;
  const back = assemble(formatLoadFile(warrior, settings)).warrior;
  expect(back?.instructions).toEqual(warrior.instructions);
  expect(back?.start).toBe(warrior.start);
}

const word = fc.oneof(
  fc.constantFrom(...OPCODES, 'equ', 'for', 'rof', 'org', 'end', 'pin', 'CURLINE', 'CORESIZE'),
  fc.constantFrom(...'abi', 'foo', 'lab:', 'l&i', '.ab', '.i', '.x', ';assert', ';redcode', ';'),
  fc.constantFrom(...'#$@<>*{},,,()+-/%=!&|:. \n\n\n\t\r"', '==', '&&', '||', '<=', '!='),
  fc.integer({ min: -3, max: 9000 }).map(String),
);
const wordy = fc.array(fc.tuple(word, fc.constantFrom(' ', ' ', '', '\n')), { maxLength: 80 });

test('words of Redcode in any order', () => {
  fc.assert(
    fc.property(wordy, (words) => checkResult(words.flat().join(''))),
    { numRuns: 500 },
  );
});

test('bytes of any kind', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => checkResult(bytes)),
    { numRuns: 250 },
  );
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, maxLength: 300 }), (text) => checkResult(text)),
    { numRuns: 250 },
  );
});

const WARRIOR = `;redcode-94
;name Test piece
;assert CORESIZE % 4 == 0
step    equ     3044
gate    equ     (bomb-4)
hit     equ     mov     bomb, >gate
        equ     djn.f   $hit2, <gate-step*2
        org     start
k       for     3
lab&k   dat     #k*step, $lab&k
        rof
start   spl     2, }step
hit2    hit
loop:   add.ab  #step, ptr
ptr     mov.i   bomb, @-CURLINE
        jmz     loop, {ptr
        for     CORESIZE == 8000
        mod.x   #5, (a = 7) + a
        rof
bomb    dat     <1, <-1
        end`;

test('a warrior with characters and lines moved, lost and doubled', () => {
  const place = fc.nat({ max: WARRIOR.length });
  const change = fc.record({
    at: place,
    from: place,
    length: fc.nat({ max: 12 }),
    drop: fc.nat({ max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      let text = WARRIOR;
      for (const { at, from, length, drop } of changes) {
        text = text.slice(0, at) + text.slice(from, from + length) + text.slice(at + drop);
      }
      checkResult(text);
    }),
    { numRuns: 500 },
  );
  expect(assemble(WARRIOR).diagnostics).toEqual([]);
});
