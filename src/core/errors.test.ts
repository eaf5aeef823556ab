import { expect, test } from 'vitest';
import { nearestName, UserError } from './errors.ts';

test('UserError carries a hint and a cause', () => {
  const cause = new Error('inner');
  const error = new UserError('what and where', { hint: 'do this', cause });
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.message, error.hint, error.cause]).toEqual([
    'UserError',
    'what and where',
    'do this',
    cause,
  ]);
  expect(new UserError('x').hint).toBeUndefined();
  expect('cause' in new UserError('x')).toBe(false);
});

test.each([
  ['learningrate', 'learningRate'],
  ['learnnigRate', 'learningRate'],
  ['warmpu', 'warmup'],
  ['bets', 'betas'],
  ['btaes', 'betas'],
])('%s is near %s', (typed, meant) => {
  expect(nearestName(typed, ['learningRate', 'betas', 'warmup', 'seed'])).toBe(meant);
});

test('what is far from everything has no nearest name', () => {
  expect(nearestName('xyzxyzxyz', ['learningRate', 'betas'])).toBeUndefined();
  expect(nearestName('anything', [])).toBeUndefined();
});

test('the smaller distance wins, and the first of equals', () => {
  expect(nearestName('cat', ['cart', 'cat', 'bat'])).toBe('cat');
  expect(nearestName('cat', ['bat', 'hat'])).toBe('bat');
});
