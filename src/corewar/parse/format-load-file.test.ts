import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Instruction, MODES, MODIFIERS, OPCODES } from '../instruction.ts';
import { makeSettings } from '../settings.ts';
import { assemble } from './assemble.ts';
import { formatListing } from './format-listing.ts';
import { formatLoadFile, toSigned } from './format-load-file.ts';

const program = fc.integer({ min: 2, max: 60_000 }).chain((coreSize) => {
  const field = fc.nat({ max: coreSize - 1 });
  const instruction: fc.Arbitrary<Instruction> = fc.record({
    opcode: fc.constantFrom(...OPCODES),
    modifier: fc.constantFrom(...MODIFIERS),
    aMode: fc.constantFrom(...MODES),
    a: field,
    bMode: fc.constantFrom(...MODES),
    b: field,
  });
  return fc.record({
    coreSize: fc.constant(coreSize),
    instructions: fc.array(instruction, { minLength: 1, maxLength: 40 }),
    start: field,
  });
});

test('a load file assembles to the warrior that it was written from', () => {
  fc.assert(
    fc.property(program, ({ coreSize, instructions, start }) => {
      const settings = makeSettings({ coreSize });
      const titles = { name: 'Unknown', author: 'Anonymous', strategy: '', pin: null };
      const warrior = { ...titles, instructions, start };
      const text = formatLoadFile(warrior, settings);
      expect(assemble(text, { settings }).warrior).toEqual(warrior);
    }),
    { numRuns: 1000 },
  );
});

test('fields are signed, half of the core is positive', () => {
  expect([0, 1, 4000, 4001, 7999].map((value) => toSigned(value, 8000))).toEqual([
    0, 1, 4000, -3999, -1,
  ]);
  expect([4, 5, 8].map((value) => toSigned(value, 9))).toEqual([4, -4, -1]);
});

test('the listing is that of pMARS, byte for byte', () => {
  const source = ';name Test piece\n;author me\n dat 1\nfoo mov.ab #-5,<4000\n end foo';
  const settings = makeSettings();
  expect(formatListing(assemble(source).warrior!, settings)).toBe(
    [
      'Program "Test piece" (length 2) by "me"',
      '',
      '       ORG      START',
      '       DAT.F  #     0, $     1     ',
      'START  MOV.AB #    -5, <  4000     ',
      '',
      '',
    ].join('\n'),
  );
  const old = assemble(' dat #1\nfoo jmp foo\n end foo', { rules: '88' }).warrior!;
  expect(formatListing(old, settings, '88')).toBe(
    [
      'Program "Unknown" (length 2) by "Anonymous"',
      '',
      '       DAT    #     0, #     1     ',
      'START  JMP    $     0, $     0     ',
      '       END      START',
      '',
      '',
    ].join('\n'),
  );
  const outside = assemble('org 5\n dat 1').warrior!;
  expect(formatListing(outside, settings)).not.toContain('START');
});
