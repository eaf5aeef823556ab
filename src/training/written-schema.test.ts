// What editors hold recipes against: those that come with the package are valid as they are written.

import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { listRecipes, loadOverlay } from '../run/load-recipe.ts';
import { REGISTRIES } from './registries.ts';
import { writtenRecipeSchema } from './written-schema.ts';

type Written = Readonly<Record<string, unknown>>;
const schema = z.fromJSONSchema(writtenRecipeSchema(REGISTRIES) as never);
const isValid = (value: unknown) => schema.safeParse(value).success;

const folder = path.resolve(import.meta.dirname, '../../recipes');
const recipes = await Promise.all(
  listRecipes().map(async (name) => {
    const file = path.join(folder, `${name}.js`);
    const { default: written } = (await import(file)) as { default: Written };
    // The kind may be that of the recipe below.
    return { name, written, kind: (await loadOverlay(name, [])).kind ?? 'training' };
  }),
);
const ofKind = (wanted: string) => recipes.filter(({ kind }) => kind === wanted);

describe('a recipe that comes with the package is valid as it is written', () => {
  test.each(ofKind('training'))('$name', ({ written }) => {
    expect(schema.safeParse(written)).toMatchObject({ success: true });
  });

  test.each(ofKind('study'))('$name: its base, and what its axes change', ({ written }) => {
    const { base = {}, axes } = written as { base?: Written; axes: Record<string, Written> };
    const changes = Object.values(axes).flatMap((members) => Object.values(members));
    for (const overlay of [base, ...changes]) {
      expect(schema.safeParse(overlay)).toMatchObject({ success: true });
    }
  });

  test('and there are many', () => {
    expect(ofKind('training').length).toBeGreaterThan(15);
    expect(ofKind('study').length).toBeGreaterThan(4);
  });
});

test.each<[string, object]>([
  ['nothing but what differs', { extends: 'smt-tiny', model: { memoryTokens: 8 } }],
  ['no kinds', { stages: { text: { data: { kind: 'text' }, optimizer: { learningRate: 1 } } } }],
  ['a band of the recipe below', { stages: { source: { data: { band: { low: 0.2 } } } } }],
  ['its kind and its schema', { $schema: './recipe.json', kind: 'training', format: 2 }],
])('a recipe may say %s', (_, written) => {
  expect(isValid(written)).toBe(true);
});

test.each<[string, object]>([
  ['an unknown key', { stagez: {} }],
  ['an unknown key of a stage', { stages: { text: { stepz: 1 } } }],
  ['an unknown key of a model', { model: { kind: 'llama', memoryTokens: 8 } }],
  ['an unknown kind', { model: { kind: 'lama' } }],
  ['a wrong value', { stages: { text: { steps: 'many' } } }],
  ['the kind of a study', { kind: 'study' }],
])('a recipe may not have %s', (_, written) => {
  expect(isValid(written)).toBe(false);
});
