// Contexts of the gate's predictors that work cell by cell: cells relative to the predicted one.

import { type Contexts, type FramedWorld, neighborhood, wrap } from './contexts.ts';
import { tokenGrid } from './gate-world.ts';

/** A cell relative to the predicted one. */
type CellOffset = {
  /** How many frames back; 0 is the current frame. */
  readonly frames: number;
  readonly dy: number;
  readonly dx: number;
  /** The torus in which the offset is taken: that of the frame, or the cell's own patch. */
  readonly within: 'frame' | 'patch';
};

/** In a context, the number of the predicted cell in its patch: what is around it in the patch depends on that. */
const OWN_PART = 'own part';

/** Cell by cell: their frequencies. */
export function cellFrequencies(world: FramedWorld): Contexts {
  return cellContexts(world, [], []);
}

/** Cell by cell: the 3×3 cells around the same cell in the frame before, on a torus. */
export function neighboringCells(world: FramedWorld): Contexts {
  const { offsets, levels } = neighborhood(world.frame.height);
  return cellContexts(
    world,
    offsets.map(([dy, dx]) => ({ frames: 1, dy, dx, within: 'frame' })),
    levels,
  );
}

/**
 * Cell by cell, what its own patch shows: the same cell a frame before, then another one, then all of the patch; then those
 * of the patch's cells that are written already; then the same cell two frames before, then the whole patch.
 */
export function ownPatch(world: FramedWorld): Contexts {
  const { height, width } = world.frame.patch;
  const cells = height * width;
  const others = (frames: number) =>
    Array.from({ length: cells - 1 }, (_, i): CellOffset => {
      const [dy, dx] = [Math.floor((i + 1) / width), (i + 1) % width];
      return { frames, dy, dx, within: 'patch' };
    });
  const looked = [
    sameCell(1),
    ...others(1),
    OWN_PART,
    ...others(0),
    sameCell(2),
    ...others(2),
  ] as const;
  const levels = [1, 2, cells + 1, 2 * cells, 2 * cells + 1, 3 * cells];
  return cellContexts(world, looked, [...new Set(levels)]);
}

/**
 * Cell by cell: the same cell a frame before, and two; then its neighbors to the left and above in the frame that is being
 * written, the nearest first, as far as they are written.
 */
export function writtenNeighbors(world: FramedWorld): Contexts {
  const isRow = world.frame.height === 1;
  const offsets = isRow ? WRITTEN.filter(([dy]) => dy === 0) : WRITTEN;
  const looked = [
    sameCell(1),
    sameCell(2),
    ...offsets.map(([dy, dx]): CellOffset => ({ frames: 0, dy, dx, within: 'frame' })),
  ];
  return cellContexts(world, looked, isRow ? [1, 2, 3, 4] : [1, 2, 3, 4, 6, 8]);
}

/** Rows and columns from a cell to those written before it, nearest first. */
const WRITTEN = [
  [0, -1],
  [-1, 0],
  [-1, -1],
  [-1, 1],
  [0, -2],
  [-2, 0],
] as const;

function sameCell(frames: number): CellOffset {
  return { frames, dy: 0, dx: 0, within: 'frame' };
}

/** What a context of a cell takes up, resolved for each cell of a frame. */
type Resolved = {
  /** Token and part that hold the cell looked at; of a value that does not depend on the sequence, −1 and the value. */
  readonly places: Int32Array;
  readonly parts: Int32Array;
};

function cellContexts(
  world: FramedWorld,
  looked: readonly (CellOffset | typeof OWN_PART)[],
  levels: readonly number[],
): Contexts {
  const { patch, colors } = world.frame;
  const parts = patch.height * patch.width;
  const powers = Array.from({ length: parts }, (_, part) => colors ** part);
  const frames = looked.map((look) => (look === OWN_PART ? 0 : look.frames));
  const resolved = resolve(world, looked);
  const symbolOf = (token: number, part: number) => Math.floor(token / powers[part]!) % colors;
  return {
    symbols: colors,
    parts,
    levels,
    symbolOf,
    read(tokens, position, part, values) {
      const inFrame = position % world.frameLength;
      const first = position - inFrame + 1;
      const at = ((inFrame - 1) * parts + part) * looked.length;
      for (let k = 0; k < looked.length; k++) {
        const begin = first - frames[k]! * world.frameLength;
        if (begin < 0) return k;
        const place = resolved.places[at + k]!;
        const there = resolved.parts[at + k]!;
        values[k] = place < 0 ? there : symbolOf(tokens[begin + place]!, there);
      }
      return looked.length;
    },
  };
}

function resolve(
  { frame }: FramedWorld,
  looked: readonly (CellOffset | typeof OWN_PART)[],
): Resolved {
  const { height, width, patch, colors } = frame;
  const { columns } = tokenGrid(frame);
  const parts = patch.height * patch.width;
  const locate = (row: number, column: number) => ({
    place: Math.floor(row / patch.height) * columns + Math.floor(column / patch.width),
    part: (row % patch.height) * patch.width + (column % patch.width),
  });
  const places = new Int32Array(height * width * looked.length);
  const partsOf = new Int32Array(places.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const own = locate(y, x);
      looked.forEach((look, k) => {
        const at = (own.place * parts + own.part) * looked.length + k;
        places[at] = -1;
        if (look === OWN_PART) {
          partsOf[at] = own.part;
          return;
        }
        const size = look.within === 'frame' ? { height, width } : patch;
        const [top, left] =
          look.within === 'frame' ? [0, 0] : [y - (y % size.height), x - (x % size.width)];
        const row = top + wrap(y - top + look.dy, size.height);
        const column = left + wrap(x - left + look.dx, size.width);
        const there = locate(row, column);
        const isWritten =
          there.place < own.place || (there.place === own.place && there.part < own.part);
        if (look.frames === 0 && !isWritten) {
          // A value that no cell has.
          partsOf[at] = colors;
          return;
        }
        places[at] = there.place;
        partsOf[at] = there.part;
      });
    }
  }
  return { places, parts: partsOf };
}
