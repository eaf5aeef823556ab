// The human warriors of the DRQ paper assemble to the load files of pMARS 0.9.2, all of them.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { assemble, formatLoadFile, makeSettings } from '../../src/corewar/index.ts';

const DATA = fileURLToPath(new URL('../../../shared/data/corewar', import.meta.url));
const settings = makeSettings();
const read = (folder: string, name: string) => readFileSync(path.join(DATA, folder, name));

describe.skipIf(!existsSync(DATA))('load files', () => {
  test('all 316 are reproduced, and read back to the same warrior', () => {
    const names = readdirSync(path.join(DATA, 'load-files')).filter((name) => name.endsWith('.ld'));
    expect(names).toHaveLength(316);
    const wrong: string[] = [];
    for (const name of names) {
      const expected = read('load-files', name).toString().trimEnd();
      const { warrior } = assemble(read('human_warriors', name.replace(/ld$/, 'red')));
      const text = warrior === null ? '' : formatLoadFile(warrior, settings);
      const back = assemble(text).warrior;
      if (text.trimEnd() !== expected) wrong.push(name);
      else
        expect([back?.instructions, back?.start]).toEqual([warrior?.instructions, warrior?.start]);
    }
    expect(wrong).toEqual([]);
  });

  test('stone.red is rejected with the line of its missing comma', () => {
    const { warrior, diagnostics } = assemble(read('human_warriors', 'stone.red'));
    expect(warrior).toBeNull();
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors).toMatchObject([
      { line: 6, column: 17, text: '#', hint: 'a comma may be missing before it' },
    ]);
  });

  test('names in Latin-1 are read', () => {
    const { warrior } = assemble(read('human_warriors', 'advanceddwarf.red'));
    expect(warrior?.name).toBe('Dwarf Avançado');
  });
});
