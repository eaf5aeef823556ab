import { expect, test } from 'vitest';
import { MODES, MODIFIERS, OPCODES } from './instruction.ts';
import { MODE_TABLE, MODIFIER_TABLE, OPCODE_TABLE } from './redcode-tables.ts';

test('every opcode, modifier and mode has one sentence of its own', () => {
  expect(Object.keys(OPCODE_TABLE).sort()).toEqual([...OPCODES].sort());
  expect(Object.keys(MODIFIER_TABLE).sort()).toEqual([...MODIFIERS].sort());
  expect(Object.keys(MODE_TABLE).sort()).toEqual([...MODES].sort());
  const sentences = [
    ...Object.values(OPCODE_TABLE).map(({ summary }) => summary),
    ...Object.values(MODIFIER_TABLE),
    ...Object.values(MODE_TABLE),
  ];
  for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z][^.]+\.$/);
  expect(new Set(sentences).size).toBe(sentences.length);
});
