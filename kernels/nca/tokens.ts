// Frames as tokens, as in src/worlds/nca/tokenizer.ts.

import { colors, frameCells, grid, patch, patchIds, tokens } from './layout.ts';

/** Encodes the patches of `count` frames from frame `first` on into `patchIds`. */
export function encodePatches(first: i32, count: i32): void {
  const side = grid / patch;
  let to = patchIds + ((first * side * side) << 2);
  let frame = frameCells + first * grid * grid;
  for (let i = 0; i < count; i++, frame += grid * grid) {
    for (let top = 0; top < grid; top += patch) {
      for (let left = 0; left < grid; left += patch) {
        const corner = frame + top * grid + left;
        store<u32>(to, patch === 2 ? encodeFour(corner) : encodePatch(corner));
        to += 4;
      }
    }
  }
}

function encodeFour(corner: usize): u32 {
  const below = corner + grid;
  let id: u32 = load<u8>(below, 1);
  id = id * colors + load<u8>(below);
  id = id * colors + load<u8>(corner, 1);
  return id * colors + load<u8>(corner);
}

function encodePatch(corner: usize): u32 {
  let id: u32 = 0;
  for (let y = patch - 1; y >= 0; y--) {
    for (let x = patch - 1; x >= 0; x--) id = id * colors + load<u8>(corner + y * grid + x);
  }
  return id;
}

/** Puts the delimiters around `count` frames of `patchIds`, the first of which is frame 0, into `tokens`. */
export function frameTokens(count: i32, startToken: u32): void {
  const side = grid / patch;
  const bytes = (side * side) << 2;
  let from = patchIds;
  let to = tokens;
  for (let i = 0; i < count; i++) {
    store<u32>(to, startToken);
    to += 4;
    for (let at = 0; at < bytes; at += 4) store<u32>(to + at, load<u32>(from + at));
    from += bytes;
    to += bytes;
    store<u32>(to, startToken + 1);
    to += 4;
  }
}
