// What errors look like, the user's and the program's.
import { expect, test } from 'vitest';
import { UserError } from '../core/index.ts';
import { describeError } from './describe-error.ts';

const plain = { debug: false, json: false };

test("a user's error is one line with its hint", () => {
  const error = new UserError('no file\na.txt', { hint: 'did you mean b.txt?' });
  expect(describeError(error, plain)).toEqual({
    text: 'error: no file a.txt (did you mean b.txt?)\n',
  });
  expect(JSON.parse(describeError(error, { debug: false, json: true }).json!)).toEqual({
    error: 'no file\na.txt',
    hint: 'did you mean b.txt?',
  });
});

test('anything else is an internal error, and says what to do', () => {
  for (const [thrown, message] of [
    [new TypeError('x is not a function'), 'x is not a function'],
    [null, 'null'],
    [Object.create(null), 'a value without a message was thrown'],
  ] as const) {
    expect(describeError(thrown, plain).text).toBe(
      `internal error: ${message} (run the same command with --debug, and report what it prints)\n`,
    );
  }
  const { text, json } = describeError(new TypeError('x'), { debug: true, json: true });
  expect(text).toMatch(/^internal error: x\nTypeError: x\n\s+at /);
  expect(JSON.parse(json!)).toEqual({ error: 'internal error: x', hint: '' });
});

test('a message as long as a file is cut', () => {
  const { text } = describeError(new UserError('a'.repeat(1e6)), plain);
  expect(text).toHaveLength(7 + 2000 + '… (998000 characters more)'.length + 1);
});
