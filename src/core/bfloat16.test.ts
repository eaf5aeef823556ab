import { expect, test } from 'vitest';
import { bfloat16ToNumber, roundToBfloat16, toBfloat16 } from './bfloat16.ts';
import { keyFromSeed, randomBits } from './rng.ts';

/** Values that lie between two neighbors, by their float32 bits, and the upper half they round to. */
const ROUNDED: readonly (readonly [bits: number, upper: number])[] = [
  [0x3f800000, 0x3f80],
  [0x3f807fff, 0x3f80],
  [0x3f808000, 0x3f80], // A tie: to the even one, below.
  [0x3f818000, 0x3f82], // A tie: to the even one, above.
  [0x3f808001, 0x3f81],
  [0xbf808001, 0xbf81],
  [0x3fffffff, 0x4000], // The carry goes into the exponent.
  [0x7f7fffff, 0x7f80], // Beyond the largest.
  [0x00000001, 0x0000],
  [0x80000000, 0x8000],
  [0x7f800000, 0x7f80],
];

test('values round to the nearest, ties to even', () => {
  const values = new Float32Array(Uint32Array.from(ROUNDED, ([bits]) => bits).buffer);
  expect([...toBfloat16(values)]).toEqual(ROUNDED.map(([, upper]) => upper));
});

test('NaN of any bits stays NaN', () => {
  const values = new Float32Array(Uint32Array.of(0x7fc00000, 0x7f800001, 0xffffffff).buffer);
  for (const bits of toBfloat16(values)) expect(bfloat16ToNumber(bits)).toBeNaN();
});

test('every bfloat16 that is a number comes back as it was', () => {
  const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
  const numbers = all.filter((bits) => !Number.isNaN(bfloat16ToNumber(bits)));
  expect(toBfloat16(Float32Array.from(numbers, bfloat16ToNumber))).toEqual(numbers);
});

test('numbers round as float32 values do', () => {
  const bits = randomBits(keyFromSeed(7), 20_000);
  const values = new Float32Array(bits.buffer).filter((value) => !Number.isNaN(value));
  const expected = Array.from(toBfloat16(values), bfloat16ToNumber);
  expect(Array.from(values, roundToBfloat16)).toEqual(expected);
  const listed = new Float32Array(Uint32Array.from(ROUNDED, ([word]) => word).buffer);
  const uppers = ROUNDED.map(([, upper]) => bfloat16ToNumber(upper));
  expect(Array.from(listed, roundToBfloat16)).toEqual(uppers);
});

test('a number beside a tie rounds to its own side, though its float32 is the tie', () => {
  expect(roundToBfloat16(1 + 2 ** -8)).toBe(1);
  expect(roundToBfloat16(1 + 2 ** -8 + 2 ** -40)).toBe(1 + 2 ** -7);
  expect(roundToBfloat16(1 + 3 * 2 ** -8 - 2 ** -40)).toBe(1 + 2 ** -7);
  expect(roundToBfloat16(-1 - 2 ** -8 - 2 ** -40)).toBe(-1 - 2 ** -7);
});
