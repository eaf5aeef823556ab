import { expect, test } from 'vitest';
import { describeRedcode } from './describe-redcode.ts';
import { MODES, MODIFIERS, OPCODES } from './instruction.ts';
import { assemble } from './parse/assemble.ts';

test('the manual names all there is, and its examples assemble without a warning but for ;assert', () => {
  const manual = describeRedcode();
  for (const opcode of OPCODES) expect(manual).toContain(`- \`${opcode}\` `);
  for (const modifier of MODIFIERS) expect(manual).toContain(`- \`.${modifier}\` `);
  for (const mode of MODES) expect(manual).toContain(`- \`${mode}\` `);
  const examples = [...manual.matchAll(/```redcode\n([\s\S]*?)```/g)].map(([, code]) => code!);
  expect(examples.length).toBeGreaterThan(2);
  for (const example of examples) {
    const { warrior, diagnostics } = assemble(`;assert 1\n${example}`);
    expect(diagnostics, example).toEqual([]);
    expect(warrior!.instructions.length).toBeGreaterThan(0);
  }
});
