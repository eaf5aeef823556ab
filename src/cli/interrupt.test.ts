import { expect, test } from 'vitest';
import {
  type Interruption,
  reportClosedOutput,
  runUntilStopped,
  withInterrupt,
} from './interrupt.ts';

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s asks the body to stop, once, and is code %i', async (name, exitCode) => {
  const before = process.listenerCount(name);
  const asked: Interruption[] = [];
  const result = await withInterrupt(
    (interruption) => {
      asked.push(interruption);
    },
    async (signal) => {
      expect(signal.aborted).toBe(false);
      const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
      process.kill(process.pid, name);
      await stopped;
      return signal.aborted;
    },
  );
  expect(result).toBe(true);
  expect(asked).toEqual([{ signal: name, exitCode }]);
  expect(process.listenerCount(name)).toBe(before);
});

test('output that nobody reads any more asks the body to stop, however often it is noticed', async () => {
  const asked: number[] = [];
  await withInterrupt(
    ({ exitCode }) => {
      asked.push(exitCode);
    },
    async (signal) => {
      const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
      for (let line = 0; line < 3; line++) reportClosedOutput();
      await stopped;
    },
  );
  expect(asked).toEqual([141]);
});

test('leaves no handler behind when the body fails', async () => {
  const before = process.listenerCount('SIGINT');
  const failing = withInterrupt(
    () => {},
    async () => {
      throw new Error('no');
    },
  );
  await expect(failing).rejects.toThrow('no');
  expect(process.listenerCount('SIGINT')).toBe(before);
});

test('a stop is the signal’s own error; any other one is thrown, also after a signal', async () => {
  let stops = 0;
  const runTo = (end: (signal: AbortSignal) => never) =>
    runUntilStopped(
      async (signal) => {
        const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
        process.emit('SIGTERM', 'SIGTERM');
        await stopped;
        return end(signal);
      },
      () => stops++,
    );
  const stop = (signal: AbortSignal): never => {
    throw signal.reason;
  };
  expect(await runTo(stop)).toBe(143);
  expect(stops).toBe(1);
  const fail = (): never => {
    throw new TypeError('a failure of its own');
  };
  await expect(runTo(fail)).rejects.toThrow('a failure of its own');
  expect(stops).toBe(1);
});
