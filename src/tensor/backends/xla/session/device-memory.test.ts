import { expect, test } from 'vitest';
import { memoryBytes, peakOf, requireRoom } from './device-memory.ts';

const GIB = 2 ** 30;
const gpu = { platform: 'cuda', memory: () => ({ limit: 4 * GIB, inUse: GIB }) };
const buffer = { address: 1n, spec: { dtype: 'float32', shape: [GIB / 8, 2] } } as const;

test('what is written over an argument counts once', () => {
  const memory = { argumentBytes: 100, outputBytes: 60, aliasBytes: 50, temporaryBytes: 7 };
  expect(peakOf({ memory })).toBe(117);
  expect(peakOf({ memory: null })).toBeNull();
});

test('a program that needs more than there is is refused with both figures', () => {
  expect(() => requireRoom(gpu, 1, 3 * GIB, [])).not.toThrow();
  expect(() => requireRoom(gpu, 1, 3.5 * GIB, [])).toThrow(
    'the compiled program needs 3.5 GiB of memory, the device has 3.0 GiB',
  );
});

test('states are memory that it may have: they can be its arguments', () => {
  expect(() => requireRoom(gpu, 1, 3.5 * GIB, [{ buffers: [buffer] }])).not.toThrow();
});

test('each GPU has memory of its own, virtual devices of a CPU share it', () => {
  expect(() => requireRoom(gpu, 8, 3 * GIB, [])).not.toThrow();
  const cpu = { platform: 'cpu', memory: () => ({ limit: 4 * GIB, inUse: 0 }) };
  expect(() => requireRoom(cpu, 2, 3 * GIB, [])).toThrow('needs 6.0 GiB of memory');
  expect(() => requireRoom(cpu, 2, 3 * GIB, [{ buffers: [buffer, buffer] }])).not.toThrow();
});

test('memory that nobody knows is no limit, except for that of this process', () => {
  const unknown = { platform: 'tpu', memory: () => null };
  expect(() => requireRoom(unknown, 1, 2 ** 50, [])).not.toThrow();
  expect(memoryBytes(unknown)).toBeNull();
  expect(memoryBytes(gpu)).toBe(4 * GIB);
  const cpu = { platform: 'cpu', memory: () => null };
  expect(() => requireRoom(cpu, 1, 2 ** 50, [])).toThrow('needs 1048576.0 GiB of memory');
  expect(memoryBytes(cpu)).toBeGreaterThan(2 ** 28);
});
