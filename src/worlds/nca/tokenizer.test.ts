import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type NcaOptions, ncaLayout, resolveNcaOptions } from './options.ts';
import { decodeNca, encodeNca, encodePatches } from './tokenizer.ts';

test('a frame is start, patches in row-major order with the first cell least significant, end', () => {
  const options = resolveNcaOptions({ colors: 10, grid: 4, patch: 2, sequenceLength: 9 });
  const cells = Uint8Array.of(
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    ...new Array(16).fill(9),
  );
  const states = { grid: 4, frames: 2, cells };
  const tokens = [10_000, 6521, 8743, 4309, 6521, 10_001, 10_000, 9999, 9999];
  expect(Array.from(encodeNca(options, states))).toEqual(tokens);
  expect(Array.from(encodePatches(options, states, 1, 1))).toEqual([9999, 9999, 9999, 9999]);
});

const world = fc
  .record({
    colors: fc.integer({ min: 2, max: 16 }),
    patch: fc.integer({ min: 1, max: 2 }),
    across: fc.integer({ min: 1, max: 4 }),
    extra: fc.integer({ min: 1, max: 60 }),
  })
  .map(({ colors, patch, across, extra }) =>
    resolveNcaOptions({
      colors,
      patch,
      grid: patch * across,
      sequenceLength: across ** 2 + 2 + extra,
    }),
  );

function cellsOf(options: NcaOptions): fc.Arbitrary<Uint8Array> {
  const length = ncaLayout(options).frames * ncaLayout(options).cells;
  return fc.uint8Array({ minLength: length, maxLength: length, max: options.colors - 1 });
}

test('decoding gives back the states, and encoding gives back the tokens', () => {
  const cases = world.chain((options) => fc.tuple(fc.constant(options), cellsOf(options)));
  fc.assert(
    fc.property(cases, ([options, cells]) => {
      const { frames, cells: size } = ncaLayout(options);
      const states = { grid: options.grid, frames, cells };
      const tokens = encodeNca(options, states);
      expect(tokens).toHaveLength(options.sequenceLength);
      const decoded = decodeNca(options, tokens);
      expect(encodeNca(options, decoded)).toEqual(tokens);
      // The last frame may be cut; the others are whole.
      expect(decoded.cells.subarray(0, (frames - 1) * size)).toEqual(
        cells.subarray(0, (frames - 1) * size),
      );
    }),
  );
});

test('what is no patch becomes state 0', () => {
  const options = resolveNcaOptions({ colors: 3, grid: 2, patch: 1, sequenceLength: 12 });
  const decoded = decodeNca(options, [3, 2, 3, -1, 4, 4, 3, 1]);
  expect(decoded).toEqual({
    grid: 2,
    frames: 2,
    cells: Uint8Array.of(2, 0, 0, 0, 1, 0, 0, 0),
  });
});

test('too few frames are refused', () => {
  const states = { grid: 12, frames: 2, cells: new Uint8Array(288) };
  expect(() => encodeNca(resolveNcaOptions(), states)).toThrow(/27 frames are needed.*has 2/);
});
