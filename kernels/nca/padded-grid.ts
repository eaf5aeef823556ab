// Grids with a border of the cells opposite: `[grid + 2, stride]`, every cell a state times `stateBytes`.

import { colors, grid, stateBytes, stride, tripleGrid } from './layout.ts';

/** Fills the border from the cells inside. */
export function fillBorder(cells: usize): void {
  const rowBytes = stride << 2;
  const gridBytes = grid << 2;
  let row = cells + rowBytes;
  for (let y = 0; y < grid; y++, row += rowBytes) {
    store<u32>(row, load<u32>(row + gridBytes));
    store<u32>(row + gridBytes, load<u32>(row, 4), 4);
  }
  copyRow(cells, row - rowBytes);
  copyRow(row, cells + rowBytes);
}

/** Rows are an even number of cells. */
function copyRow(to: usize, from: usize): void {
  for (let i: usize = 0; i < usize(stride) << 2; i += 8) {
    store<u64>(to + i, load<u64>(from + i));
  }
}

/** For every cell, borders above and below included, where the sums of it and its two neighbors in the row lie. */
export function fillTriples(cells: usize): void {
  const rowBytes = stride << 2;
  const gridBytes = grid << 2;
  const base = i32x4.splat(colors);
  let to = tripleGrid + rowBytes;
  let from = cells + rowBytes;
  for (let y = 0; y < grid; y++, to += rowBytes, from += rowBytes) {
    for (let x = 0; x < gridBytes; x += 16) {
      const at = from + x;
      const left = i32x4.add(i32x4.mul(v128.load(at), base), v128.load(at, 4));
      v128.store(to + x, i32x4.add(i32x4.mul(left, base), v128.load(at, 8)), 4);
    }
  }
  copyRow(tripleGrid, to - rowBytes);
  copyRow(to, tripleGrid + rowBytes);
}

/** The states inside a padded grid as bytes `[grid, grid]`. */
export function unpadStates(cells: usize, to: usize): void {
  const rowBytes = stride << 2;
  let from = cells + rowBytes + 4;
  if ((stateBytes & (stateBytes - 1)) === 0) {
    const shift = ctz(stateBytes);
    for (let y = 0; y < grid; y++, from += rowBytes) {
      for (let x = 0; x < grid; x++) store<u8>(to++, u8(load<u32>(from + (x << 2)) >>> shift));
    }
    return;
  }
  for (let y = 0; y < grid; y++, from += rowBytes) {
    for (let x = 0; x < grid; x++) store<u8>(to++, u8(load<u32>(from + (x << 2)) / stateBytes));
  }
}
