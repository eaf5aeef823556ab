import { expect, test } from 'vitest';
import { findRepeatedKey } from './repeated-key.ts';

test.each([
  ['{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]}', undefined],
  ['{"a": 1, "b": 2, "a" : 3}', 'a'],
  ['{"x": {"k": "k", "l": ["k", "k"], "k": 0}}', 'k'],
  [String.raw`{"\u0061": 1, "a": 2}`, 'a'],
  [String.raw`{"a\"b": "c\": ", "c": "{", "d": "a"}`, undefined],
  ['[]', undefined],
])('%s', (text, key) => {
  JSON.parse(text);
  expect(findRepeatedKey(text)).toBe(key);
});

test('long strings, spaces and lists take time in proportion', () => {
  const long = 'a'.repeat(1e6);
  const text = `{"${long}":${' '.repeat(1e6)}1, "${'\\\\'.repeat(1e6)}"${' '.repeat(1e6)}: "${long}"`;
  expect(findRepeatedKey(`${text}}`)).toBeUndefined();
  expect(findRepeatedKey(`${text}, "${long}": 2}`)).toBe(long);
});
