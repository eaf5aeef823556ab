import { expect, test } from 'vitest';
import { formatMemory } from './format-memory.ts';

test('bytes are shown in the largest unit of which there is one', () => {
  expect(formatMemory(0)).toBe('0.0 KiB');
  expect(formatMemory(2 ** 20 - 1)).toBe('1024.0 KiB');
  expect(formatMemory(2 ** 20)).toBe('1.0 MiB');
  expect(formatMemory(2 ** 30)).toBe('1.0 GiB');
  expect(formatMemory(1536 * 2 ** 30)).toBe('1536.0 GiB');
});
