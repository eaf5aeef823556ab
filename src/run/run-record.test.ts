import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readKind, requireKind, writeRunRecord } from './run-record.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const writeRecipe = (recipe: object) =>
  writeFileSync(path.join(folder, 'recipe.json'), JSON.stringify(recipe));

test('the kind is what run.json says, whatever the recipe does', () => {
  expect(readKind(folder)).toBeNull();
  writeRunRecord(folder, 'study');
  writeRecipe({ kind: 'redqueen' });
  expect(readKind(folder)).toBe('study');
  expect(() => requireKind(folder, 'training')).toThrow(
    'holds a run of kind study, not one of kind training',
  );
});

test('a run without one is of an earlier version, and says what can be done with it', () => {
  writeRecipe({ name: 'x' });
  expect(() => readKind(folder)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('its checkpoints can be read') }),
  );
  writeRecipe({ kind: 'redqueen' });
  expect(() => readKind(folder)).toThrow(
    expect.objectContaining({
      message: `${folder} holds a run without a run.json: it was written by an earlier version`,
      hint: `it is an arms race: primordia drq resume ${folder} resumes it, and writes one`,
    }),
  );
});
