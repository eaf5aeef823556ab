import { expect, test } from 'vitest';
import { canSpin, countPreemptions, isEnough, NO_PREEMPTIONS, shouldSpin } from './spinning.ts';

const at = (rate: number, threads: number) => ({ seconds: 3, count: 3 * rate * threads });

test('threads spin where nobody else wants the processors', () => {
  for (const threads of [2, 8]) {
    expect(shouldSpin(false, at(20, threads), threads)).toBe(true);
    expect(shouldSpin(true, at(20, threads), threads)).toBe(true);
    expect(shouldSpin(false, at(110, threads), threads)).toBe(false);
    expect(shouldSpin(true, at(110, threads), threads)).toBe(false);
  }
});

test('in between, nothing changes', () => {
  expect(shouldSpin(true, at(55, 2), 2)).toBe(true);
  expect(shouldSpin(false, at(55, 2), 2)).toBe(false);
});

test('a judgment takes seconds of runs, more where a session is slow to open', () => {
  expect(isEnough(NO_PREEMPTIONS, 0)).toBe(false);
  expect(isEnough({ seconds: 2, count: 0 }, 0.1)).toBe(true);
  expect(isEnough({ seconds: 2, count: 0 }, 0.5)).toBe(false);
  expect(isEnough({ seconds: 10, count: 0 }, 0.5)).toBe(true);
});

test('one thread waits for nobody; Windows counts no preemptions', () => {
  expect(canSpin(1, 'linux')).toBe(false);
  expect(canSpin(2, 'linux')).toBe(true);
  expect(canSpin(2, 'win32')).toBe(false);
});

test('time and preemptions of runs add up', async () => {
  const first = await countPreemptions(NO_PREEMPTIONS, async () => 'one');
  expect(first.value).toBe('one');
  const wait = () => new Promise((resolve) => setTimeout(resolve, 20));
  const second = await countPreemptions(first.seen, wait);
  expect(second.seen.seconds).toBeGreaterThan(first.seen.seconds + 0.015);
  expect(second.seen.count).toBeGreaterThanOrEqual(first.seen.count);
});
