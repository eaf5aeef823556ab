import { expect, test } from 'vitest';
import { memoize } from './memoize.ts';

test('computes once for each object, also where the result is nothing', () => {
  const asked: object[] = [];
  const find = memoize((key: { readonly value?: number }) => {
    asked.push(key);
    return key.value;
  });
  const [one, none] = [{ value: 1 }, {}];
  expect([find(one), find(none), find(one), find(none)]).toEqual([1, undefined, 1, undefined]);
  expect(asked).toEqual([one, none]);
  expect(find({ value: 1 })).toBe(1);
  expect(asked).toHaveLength(3);
});
