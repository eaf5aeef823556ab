// Cells in a rectangle, and how they become an image.

/** An image; `data` is RGBA, 4 bytes per pixel, row-major. */
export type Pixels = { readonly width: number; readonly height: number; readonly data: Uint8Array };

/** Cells `[height, width]`, each a state from 0 on. */
export type Plane = {
  readonly width: number;
  readonly height: number;
  readonly cells: ArrayLike<number>;
};

// Sixteen colors that stay apart (0.09 or more in Oklab), also with each color-vision deficiency; state 0
// is near black and state 1 near white.
const PALETTE = [
  0x1b1f2a, 0xf2f2ea, 0x0a61fa, 0xd97704, 0xa5ff75, 0xa91103, 0xd3b6ff, 0x86426d, 0xf1ab17,
  0x0036c1, 0x8fd7a7, 0xbc90ac, 0x6c0773, 0x8f91ff, 0xab6565, 0x8d6cb3,
];
const GAP_COLOR = 0x6b7280;

/** The color of a state as `[red, green, blue]`, 0..255. From state 16 on, the palette repeats, paler each time. */
export function stateColor(state: number): [number, number, number] {
  const rgb = PALETTE[state % PALETTE.length]!;
  const turn = Math.floor(state / PALETTE.length);
  const paler = (channel: number) => Math.round(channel + (200 - channel) * (1 - 0.75 ** turn));
  return [paler(rgb >> 16), paler((rgb >> 8) & 255), paler(rgb & 255)];
}

/**
 * Planes of one height side by side, from left to right, a gap of one cell between them.
 *
 * @param scale pixels along the side of a cell, an integer of at least 1
 */
export function renderPlanes(planes: readonly Plane[], scale = 4): Pixels {
  const rows = planes[0]?.height ?? 0;
  const columns = planes.reduce((sum, plane) => sum + plane.width + 1, -1);
  const width = Math.max(0, columns) * scale;
  const height = rows * scale;
  const data = new Uint8Array(width * height * 4);
  const gap = [GAP_COLOR >> 16, (GAP_COLOR >> 8) & 255, GAP_COLOR & 255];
  const colors = new Map<number, readonly number[]>();
  const colorOf = (state: number) => {
    const known = colors.get(state) ?? stateColor(state);
    colors.set(state, known);
    return known;
  };
  const fill = (column: number, row: number, [red, green, blue]: readonly number[]) => {
    for (let y = row * scale; y < (row + 1) * scale; y++) {
      for (let x = column * scale; x < (column + 1) * scale; x++) {
        data.set([red!, green!, blue!, 255], (y * width + x) * 4);
      }
    }
  };
  let left = 0;
  for (const plane of planes) {
    for (let row = 0; row < rows; row++) {
      for (let x = 0; x < plane.width; x++) {
        fill(left + x, row, colorOf(plane.cells[row * plane.width + x]!));
      }
      if (left + plane.width < columns) fill(left + plane.width, row, gap);
    }
    left += plane.width + 1;
  }
  return { width, height, data };
}

/** The cells in which two planes of one size differ, as states 0 (equal) and 1. */
export function comparePlanes(a: Plane, b: Plane): Plane {
  const { width, height } = a;
  const cells = Uint8Array.from(a.cells, (cell, i) => Number(cell !== b.cells[i]));
  return { width, height, cells };
}

/** A stream of tokens as rows of `width`, from left to right and down; the rest of the last row is state 0. */
export function tokenPlane(tokens: ArrayLike<number>, width: number): Plane {
  const height = Math.ceil(tokens.length / width);
  const cells = new Int32Array(height * width);
  cells.set(tokens);
  return { width, height, cells };
}
