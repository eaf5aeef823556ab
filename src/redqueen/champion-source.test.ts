import { expect, test } from 'vitest';
import { assemble, namedSettings } from '../corewar/index.ts';
import { championSource } from './champion-source.ts';

const settings = namedSettings('tiny');

function write(source: string): string {
  const { warrior } = assemble(source, { settings });
  return championSource({ source, warrior: warrior! }, settings);
}

test('a champion is written without control characters, and is the same warrior', () => {
  const plain = ';redcode-94\n;name Calm\n\tmov.i $0, $1 ; on\n';
  expect(write(plain)).toBe(plain);
  const wild =
    ';redcode-94\r\n;name \u001b[31mWild\u0007\u009b2J\r\n;author \u202eevil\n\r\nmov.i $0, $1 ; \u001b[2J';
  const clean = write(wild);
  expect(clean.replace(/[\t\n]/g, '')).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(clean).toMatch(/\n$/);
  // A lone carriage return hides the rest of its line, which it no longer does once it is gone.
  const hidden = write(';name \u202eHidden\n jmp 1 \r+1\n');
  expect(hidden).toContain('JMP.B $1, $0');
  expect(hidden.replace(/\n/g, '')).not.toMatch(/[\p{Cc}\u202e]/u);
  const code = (text: string) => assemble(text, { settings }).warrior!.instructions;
  expect(code(clean)).toEqual(code(wild));
});
