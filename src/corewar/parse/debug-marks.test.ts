import { expect, test } from 'vitest';
import { assemble } from './assemble.ts';
import { createRegisters } from './expressions.ts';

const symbolsOf = (...lines: string[]) => assemble([';assert 1', ...lines].join('\n')).symbols;

test(';trace marks all instructions until it is off, ;break the next one', () => {
  const { traced, labels } = symbolsOf(
    ...[';trace', 'a nop 0', 'b nop 0', ';trace off', 'nop 0', ';break', 'c d nop 0', 'nop 0'],
  );
  expect(traced).toEqual([0, 1, 3]);
  expect([...labels]).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 3],
    ['d', 3],
  ]);
});

test('what FOR repeats is marked each time', () => {
  expect(symbolsOf('for 2', ';break', 'nop 0', 'nop 0', 'rof').traced).toEqual([0, 2]);
});

test(';debug off makes the others comments, and the last ;debug says whether marks move', () => {
  const off = symbolsOf(';debug off', ';trace', 'nop 0', ';debug static', ';break', 'nop 0');
  expect(off).toMatchObject({ traced: [1], isMoveable: false });
  expect(symbolsOf(';debug static', ';debug', 'nop 0').isMoveable).toBe(true);
});

test('as in pMARS, a ;break ends a ;trace, and ;trace off a ;break', () => {
  expect(symbolsOf(';trace', 'nop 0', ';break', 'nop 0', 'nop 0').traced).toEqual([0, 1]);
  expect(symbolsOf(';break', ';trace off', 'nop 0').traced).toEqual([]);
  expect(symbolsOf('x equ 1', ';break', ' equ 2', 'nop 0').traced).toEqual([0]);
  expect(symbolsOf('for 0', ';trace', 'rof', 'nop 0').traced).toEqual([]);
});

test('more than one word is a warning', () => {
  const lines = [
    ';debug static',
    ';debug off',
    ';trace off',
    ';debug on',
    ';trace it',
    ';break here ;x',
  ];
  const { diagnostics } = assemble([';assert 1', ...lines, 'nop 0'].join('\n'));
  expect(diagnostics.map(({ code, line }) => `${code} ${line}`)).toEqual([
    'extra-tokens 5',
    'extra-tokens 6',
    'extra-tokens 7',
  ]);
});

test('registers that are passed are read and assigned', () => {
  const registers = createRegisters();
  registers[23] = 5n;
  const { warrior } = assemble(';assert 1\ndat x, (y=x+1)', { registers });
  expect(warrior?.instructions[0]).toMatchObject({ a: 5, b: 6 });
  expect(registers[24]).toBe(6n);
});
