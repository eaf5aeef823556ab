import { expect, test } from 'vitest';
import { plural } from './plural.ts';

test('a noun agrees with its count', () => {
  expect([0, 1, 2, 1024].map((count) => plural(count, 'shard'))).toEqual([
    '0 shards',
    '1 shard',
    '2 shards',
    '1,024 shards',
  ]);
  expect(plural(1, 'niche')).toBe('1 niche');
  expect(plural(3, 'index', 'indices')).toBe('3 indices');
});
