import { expect, test } from 'vitest';
import { compareRecipes } from './flatten-recipe.ts';

test('recipes differ in the settings whose values differ, by path', () => {
  const base = {
    name: 'a',
    description: 'first',
    seed: 0,
    model: { kind: 'llama', layers: 2 },
    stages: { text: { steps: 60, data: { files: ['a.txt'] } } },
  };
  const other = {
    ...base,
    name: 'b',
    model: { kind: 'lstm' },
    stages: { text: { ...base.stages.text, data: { files: ['a.txt', 'b.txt'] } } },
  };
  expect(compareRecipes([base, base, { ...base, name: 'c' }])).toEqual([]);
  expect(compareRecipes([base, other])).toEqual([
    { path: 'model.kind', values: ['llama', 'lstm'] },
    { path: 'model.layers', values: ['2', null] },
    { path: 'stages.text.data.files', values: ['["a.txt"]', '["a.txt","b.txt"]'] },
  ]);
});
