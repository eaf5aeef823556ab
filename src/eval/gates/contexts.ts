// Contexts of the gate's predictors: the values on which a token's probability may depend.

import { type GateWorld, tokenGrid } from './gate-world.ts';

/**
 * The context of the next symbol, with its values in the order of importance: the first `levels[k]` of them are the context of
 * back-off level k.
 */
export type Contexts = {
  /** Number of different symbols. */
  readonly symbols: number;
  /** Symbols in a token: 1, or the cells of a patch. */
  readonly parts: number;
  /** Rising. */
  readonly levels: readonly number[];
  symbolOf(token: number, part: number): number;
  /**
   * Writes the context of symbol `part` of the token at `position` into `values`.
   *
   * @param tokens the sequence, of which the tokens before `position` may be read, and of the token there the symbols
   *   before `part`
   * @returns how many values there are, which may be fewer than the highest level takes
   */
  read(tokens: Int32Array, position: number, part: number, values: Int32Array): number;
};

export type FramedWorld = Pick<GateWorld, 'vocabSize' | 'frameLength'> & {
  readonly frame: NonNullable<GateWorld['frame']>;
};

function wholeTokens(
  { vocabSize }: Pick<GateWorld, 'vocabSize'>,
  levels: readonly number[],
  read: (tokens: Int32Array, position: number, values: Int32Array) => number,
): Contexts {
  return {
    symbols: vocabSize,
    parts: 1,
    levels,
    symbolOf: (token) => token,
    read: (tokens, position, _, values) => read(tokens, position, values),
  };
}

/** No context: tokens in general. */
export function noContext(world: Pick<GateWorld, 'vocabSize'>): Contexts {
  return wholeTokens(world, [], () => 0);
}

/** The tokens just before, from one to `order` of them. */
export function precedingTokens(world: Pick<GateWorld, 'vocabSize'>, order: number): Contexts {
  const levels = Array.from({ length: order }, (_, i) => i + 1);
  return wholeTokens(world, levels, (tokens, position, values) => {
    const count = Math.min(order, position);
    for (let i = 0; i < count; i++) values[i] = tokens[position - 1 - i]!;
    return count;
  });
}

/**
 * The token at the same place a frame before, then at that place in up to `frames` frames before, then up to `preceding`
 * of the tokens just before.
 */
export function samePlace(world: FramedWorld, preceding: number, frames = 1): Contexts {
  const size = frames + preceding;
  const levels = Array.from({ length: size }, (_, i) => i + 1);
  return wholeTokens(world, levels, (tokens, position, values) => {
    const past = Math.min(frames, Math.floor(position / world.frameLength));
    for (let i = 0; i < past; i++) values[i] = tokens[position - (i + 1) * world.frameLength]!;
    if (past < frames) return past;
    for (let i = 1; i <= preceding; i++) values[frames + i - 1] = tokens[position - i]!;
    return size;
  });
}

/** The token at the same place a frame before; then the place and all of the frame before. */
export function wholeFrame(world: FramedWorld): Contexts {
  const { frameLength } = world;
  return wholeTokens(world, [1, frameLength], (tokens, position, values) => {
    if (position < frameLength) return 0;
    const place = position % frameLength;
    const before = position - place - frameLength;
    values[0] = tokens[position - frameLength]!;
    values[1] = place;
    // Both delimiters are the same in all frames.
    for (let i = 1; i < frameLength - 1; i++) values[i + 1] = tokens[before + i]!;
    return frameLength;
  });
}

/** Offsets of the 3×3 neighborhood, center first, then edges, then corners; of a row, three of them. */
export function neighborhood(rows: number): {
  readonly offsets: [number, number][];
  readonly levels: number[];
} {
  const row: [number, number][] = [
    [0, 0],
    [0, -1],
    [0, 1],
  ];
  if (rows === 1) return { offsets: row, levels: [1, 2, 3] };
  const edges: [number, number][] = [
    [-1, 0],
    [1, 0],
  ];
  const corners: [number, number][] = [
    [-1, -1],
    [-1, 1],
    [1, -1],
    [1, 1],
  ];
  return { offsets: [...row, ...edges, ...corners], levels: [1, 2, 3, 4, 5, 6, 7, 8, 9] };
}

export const wrap = (x: number, size: number) => ((x % size) + size) % size;

/** The 3×3 tokens around the same place in the frame before, on a torus. */
export function neighboringTokens(world: FramedWorld): Contexts {
  const { rows, columns } = tokenGrid(world.frame);
  const { offsets, levels } = neighborhood(rows);
  const size = offsets.length;
  const places = new Int32Array(rows * columns * size);
  for (let place = 0; place < rows * columns; place++) {
    offsets.forEach(([dy, dx], k) => {
      const y = wrap(Math.floor(place / columns) + dy, rows);
      places[place * size + k] = y * columns + wrap((place % columns) + dx, columns);
    });
  }
  return wholeTokens(world, levels, (tokens, position, values) => {
    if (position < world.frameLength) return 0;
    const inFrame = position % world.frameLength;
    const before = position - inFrame - world.frameLength + 1;
    for (let k = 0; k < size; k++) values[k] = tokens[before + places[(inFrame - 1) * size + k]!]!;
    return size;
  });
}
