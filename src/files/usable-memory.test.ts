import { expect, test } from 'vitest';
import { usableMemory } from './usable-memory.ts';

test('the limit of a container counts, where there is one below the memory of the machine', () => {
  expect(usableMemory(64e9, 2e9)).toBe(2e9);
  expect(usableMemory(64e9, 0)).toBe(64e9);
  expect(usableMemory(64e9, 2 ** 64)).toBe(64e9);
  expect(usableMemory()).toBeGreaterThan(0);
});
