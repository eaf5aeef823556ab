import { expect, test } from 'vitest';
import type { Client } from './client.ts';
import { openDevices } from './open-devices.ts';

/** Clients of a platform that tell with which options they were opened, and which of them were closed. */
function platformOf(platform: string, own: number) {
  const opened: object[] = [];
  let closed = 0;
  const open = (options: Readonly<Record<string, unknown>>) => {
    opened.push(options);
    const count = (options.cpu_device_count as number | undefined) ?? own;
    const devices = Array.from({ length: count }, (_, i) => `${i}`);
    return { platform, devices, close: () => closed++ } as unknown as Client;
  };
  return { open, opened, closed: () => closed };
}

test('a CPU makes as many as are asked for', () => {
  const cpu = platformOf('cpu', 4);
  expect(openDevices(cpu.open, { a: 1 }, { data: 2, model: 4 }).devices).toHaveLength(8);
  expect(cpu.opened).toEqual([{ a: 1 }, { a: 1, cpu_device_count: 8 }]);
  expect(cpu.closed()).toBe(1);
});

test('GPUs are as many as there are', () => {
  const cuda = platformOf('cuda', 4);
  expect(openDevices(cuda.open, {}, { data: 2, model: 1 }).devices).toHaveLength(4);
  expect(cuda.closed()).toBe(0);
  expect(() => openDevices(cuda.open, {}, { data: 4, model: 2 })).toThrow(
    'a mesh of data 4 and model 2 takes 8 devices, but cuda has 4',
  );
  expect(cuda.closed()).toBe(1);
});
