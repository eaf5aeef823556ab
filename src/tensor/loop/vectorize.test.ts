import { expect, test } from 'vitest';
import { OPERATIONS } from '../operations/table.ts';
import { VECTORIZE_RULES } from './vectorize.ts';

test('what is computed for all steps at once are operations', () => {
  const names = Object.keys(VECTORIZE_RULES);
  expect(names.filter((name) => !(name in OPERATIONS))).toEqual([]);
});
