import { expect, test } from 'vitest';
import { joinArrays, splitArrays } from './split-arrays.ts';

test('arrays come back as they were, parts of others too', () => {
  const whole = Float32Array.from([1, 2, Number.NaN, -0, Number.POSITIVE_INFINITY]);
  const message = {
    kind: 'run',
    list: [1, 'x', null, true, { values: whole.subarray(1, 4) }],
    big: BigInt64Array.from([-1n, 2n ** 62n]),
    bytes: Uint8Array.from([1, 2, 3]),
    empty: new Int32Array(0),
  };
  const { plain, bodies } = splitArrays(message);
  const sent = {
    plain: JSON.parse(JSON.stringify(plain)),
    // Each comes in a buffer of its own.
    bodies: bodies.map((body) => Uint8Array.from(body)),
  };
  expect(joinArrays(sent)).toEqual(message);
  expect(bodies.map(({ length }) => length)).toEqual([12, 16, 3, 0]);
});

test('what cannot be sent is an error', () => {
  expect(() => splitArrays({ x: new DataView(new ArrayBuffer(8)) })).toThrow('a DataView');
});
