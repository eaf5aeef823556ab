import { describe, expect, test } from 'vitest';
import type { Client } from './client.ts';
import { openDevices, openSharedDevices } from './open-devices.ts';
import { PjrtError } from './plugin.ts';

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

describe('several processes', () => {
  const mesh = { data: 4, model: 1 };
  const second = { rank: 1, size: 2 };

  /** A client of process 1, given the processes of all devices. */
  function shared(processes: readonly number[]) {
    let closed = 0;
    const given: object[] = [];
    const open = (options: object) => {
      given.push(options);
      return {
        platform: 'cuda',
        devices: processes.filter((process) => process === 1).map(String),
        allDevices: processes.map((process, id) => ({ id, process })),
        close: () => closed++,
      } as unknown as Client;
    };
    return { open, given, closed: () => closed };
  }

  test('each has its share of the mesh', () => {
    const { open, given, closed } = shared([0, 0, 1, 1]);
    expect(openSharedDevices(open, { a: 1 }, mesh, second).devices).toHaveLength(2);
    expect(given).toEqual([{ a: 1, node_id: 1, num_nodes: 2 }]);
    expect(closed()).toBe(0);
  });

  test.each([
    [
      'too few devices',
      [0, 1],
      'a mesh of data 4 and model 1 takes 4 devices, but cuda has 1 at rank 1 and 2 in all 2 processes',
    ],
    ['too many', [0, 0, 0, 1, 1, 1], 'cuda has 3 at rank 1 and 6 in all 2 processes'],
    [
      'a plugin that does not know the others',
      [0, 0, 0, 0],
      'the plugin does not compute over several processes: of 2, it knows 1 process with 4 devices',
    ],
  ])('%s', (_, processes, said) => {
    const { open, closed } = shared(processes);
    expect(() => openSharedDevices(open, {}, mesh, second)).toThrow(said);
    expect(closed()).toBe(1);
  });

  test('a plugin without the options', () => {
    const open = () => {
      throw new PjrtError(
        'INVALID_ARGUMENT',
        'Unexpected option name passed to PJRT_Client_Create: node_id',
      );
    };
    expect(() => openSharedDevices(open, {}, mesh, second)).toThrow(
      'the plugin does not compute over several processes: it has no option for it (INVALID_ARGUMENT',
    );
  });
});
