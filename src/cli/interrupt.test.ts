import { expect, test } from 'vitest';
import { withInterrupt } from './interrupt.ts';

test.each(['SIGINT', 'SIGTERM'] as const)('%s asks the body to stop, once', async (name) => {
  const before = process.listenerCount(name);
  let asked = 0;
  const result = await withInterrupt(
    () => {
      asked += 1;
    },
    async (signal) => {
      expect(signal.aborted).toBe(false);
      const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
      process.kill(process.pid, name);
      await stopped;
      return signal.aborted;
    },
  );
  expect([result, asked]).toEqual([true, 1]);
  expect(process.listenerCount(name)).toBe(before);
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
