import { expect, test } from 'vitest';
import { encodeCompileOptions } from './compile-options.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('one device: build options with ordinal −1, one replica, one partition, and its assignment', () => {
  // 1a: build options; 08 …01: ordinal −1; 20 01: replicas; 28 01: partitions; 4a: assignment 1 × 1 of device 0.
  expect(hex(encodeCompileOptions({}))).toBe(
    '1a1a08ffffffffffffffffff01200128014a09080110011a030a0100',
  );
});

test('two devices are partitioned by Shardy', () => {
  const bytes = hex(encodeCompileOptions({ partitions: 2 }));
  expect(bytes).toBe(
    '1a2408ffffffffffffffffff012001280230014a0e080110021a030a01001a030a0101980101',
  );
});

test('devices of several processes have the numbers that the plugin gives them', () => {
  const bytes = hex(encodeCompileOptions({ partitions: 2, deviceIds: [4, 131_072] }));
  expect(bytes).toContain('080110021a030a01041a050a03808008');
});

test('flags are overrides of this program', () => {
  const bytes = encodeCompileOptions({ flags: { xla_a: true, xla_b: 3, xla_c: 'text' } });
  const text = Buffer.from(bytes).toString('latin1');
  expect(text).toContain('\x3a\x0b\x0a\x05xla_a\x12\x02\x10\x01');
  expect(text).toContain('\x3a\x0b\x0a\x05xla_b\x12\x02\x18\x03');
  expect(text).toContain('\x3a\x0f\x0a\x05xla_c\x12\x06\x0a\x04text');
});
