// Frames of cells as tokens: a patch of cells is a number, and delimiters mark every frame.

import type { Plane } from './plane.ts';
import type { FrameGeometry } from './world.ts';

/** How the cells of a frame become tokens. Patches tile the frame. */
export type CellFormat = {
  readonly width: number;
  readonly height: number;
  readonly patchWidth: number;
  readonly patchHeight: number;
  /** States of a cell. */
  readonly colors: number;
};

/** Frames of one simulation: `cells` is `[frames, height, width]`, each a state 0..colors-1. */
export type CellFrames = { readonly frames: number; readonly cells: Uint8Array };

/** Sizes that follow from a format. */
type CellLayout = {
  /** Patches, and so tokens without delimiters, in a frame. */
  readonly patches: number;
  /** Tokens in a frame with its two delimiters. */
  readonly frameLength: number;
  /** Token that opens a frame: colors^(cells of a patch). */
  readonly startToken: number;
  /** Token that closes a frame: `startToken + 1`. */
  readonly endToken: number;
  readonly vocabSize: number;
};

export function cellLayout(format: CellFormat): CellLayout {
  const patchCells = format.patchWidth * format.patchHeight;
  const patches = (format.width * format.height) / patchCells;
  const startToken = format.colors ** patchCells;
  return {
    patches,
    frameLength: patches + 2,
    startToken,
    endToken: startToken + 1,
    vocabSize: startToken + 2,
  };
}

/** The same for whoever knows no format. */
export function frameGeometry(format: CellFormat): FrameGeometry {
  const { width, height, patchWidth, patchHeight, colors } = format;
  const { startToken, endToken } = cellLayout(format);
  return {
    height,
    width,
    patch: { height: patchHeight, width: patchWidth },
    colors,
    delimiters: { start: startToken, end: endToken },
  };
}

/**
 * The patches of `count` frames from frame `first` on, without delimiters: `[count, patches]`, patches in row-major
 * order. A patch's id is the sum over its cells, in row-major order, of cell k times colors^k.
 */
export function encodeCellPatches(
  format: CellFormat,
  cells: Uint8Array,
  first: number,
  count: number,
): Int32Array {
  const { width, height, patchWidth, patchHeight, colors } = format;
  const out = new Int32Array(count * cellLayout(format).patches);
  const offsets = patchOffsets(format);
  let to = 0;
  for (let frame = first; frame < first + count; frame++) {
    for (let top = 0; top < height; top += patchHeight) {
      for (let left = 0; left < width; left += patchWidth) {
        const corner = (frame * height + top) * width + left;
        let id = 0;
        for (let k = offsets.length - 1; k >= 0; k--) {
          id = id * colors + cells[corner + offsets[k]!]!;
        }
        out[to++] = id;
      }
    }
  }
  return out;
}

/**
 * Tokens `[sequenceLength]`: for each frame the start token, its patches and the end token, the last frame cut. The
 * simulation must have as many frames as that takes.
 */
export function encodeCellFrames(
  format: CellFormat,
  cells: Uint8Array,
  sequenceLength: number,
): Int32Array {
  const { patches, frameLength, startToken, endToken } = cellLayout(format);
  const frames = Math.ceil(sequenceLength / frameLength);
  const ids = encodeCellPatches(format, cells, 0, frames);
  const tokens = new Int32Array(frames * frameLength);
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * frameLength;
    tokens[at] = startToken;
    tokens.set(ids.subarray(frame * patches, (frame + 1) * patches), at + 1);
    tokens[at + frameLength - 1] = endToken;
  }
  return tokens.slice(0, sequenceLength);
}

/**
 * The frames that `tokens` stand for, as many as they begin. What is missing at the end, delimiters where patches
 * belong and ids out of range become cells in state 0; tokens where delimiters belong are not read.
 */
export function decodeCellFrames(format: CellFormat, tokens: ArrayLike<number>): CellFrames {
  const { width, height, patchWidth, patchHeight, colors } = format;
  const { patches, frameLength, startToken } = cellLayout(format);
  const frames = Math.ceil(tokens.length / frameLength);
  const size = width * height;
  const cells = new Uint8Array(frames * size);
  const offsets = patchOffsets(format);
  const across = width / patchWidth;
  for (let frame = 0; frame < frames; frame++) {
    for (let p = 0; p < patches; p++) {
      const token = tokens[frame * frameLength + 1 + p] ?? 0;
      let rest = token >= 0 && token < startToken ? token : 0;
      const top = Math.floor(p / across) * patchHeight;
      const corner = frame * size + top * width + (p % across) * patchWidth;
      for (const offset of offsets) {
        cells[corner + offset] = rest % colors;
        rest = Math.floor(rest / colors);
      }
    }
  }
  return { frames, cells };
}

/** Each frame as a plane of its own. */
export function framePlanes(
  { width, height }: Pick<CellFormat, 'width' | 'height'>,
  { frames, cells }: CellFrames,
): Plane[] {
  const size = width * height;
  return Array.from({ length: frames }, (_, i) => ({
    width,
    height,
    cells: cells.subarray(i * size, (i + 1) * size),
  }));
}

/** Where the cells of a patch lie, counted from its first one. */
function patchOffsets({ width, patchWidth, patchHeight }: CellFormat): number[] {
  return Array.from(
    { length: patchWidth * patchHeight },
    (_, k) => Math.floor(k / patchWidth) * width + (k % patchWidth),
  );
}
