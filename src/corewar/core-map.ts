// The core as a picture for a terminal: who wrote or ran each cell last, binned to the size of the screen. Pure.

/** What a cell shows: 0 for nobody, w + 1 for warrior w. `heads` are the addresses that run next, by warrior. */
export type CoreMap = {
  readonly owners: Uint8Array;
  readonly heads: readonly (number | null)[];
};

export type MapSize = { readonly columns: number; readonly rows: number };

/** One character of the map: the warrior that owns most of its cells, -1 for none, and whether one of them runs next. */
export type MapBin = {
  readonly warrior: number;
  readonly isHead: boolean;
  readonly density: number;
};

/**
 * The core in reading order, as few cells a bin as fit in `size`. Ties go to the lower warrior.
 *
 * @returns `bins`, the last of which may hold fewer cells, and cells a bin
 */
export function binCore(map: CoreMap, size: MapSize): { bins: MapBin[]; cellsPerBin: number } {
  const { owners, heads } = map;
  const places = Math.max(1, size.columns * size.rows);
  const cellsPerBin = Math.max(1, Math.ceil(owners.length / places));
  const bins: MapBin[] = [];
  for (let from = 0; from < owners.length; from += cellsPerBin) {
    const to = Math.min(from + cellsPerBin, owners.length);
    const head = heads.findIndex((address) => address !== null && address >= from && address < to);
    const [owner, owned] = majority(owners, from, to);
    bins.push({
      warrior: head >= 0 ? head : owner - 1,
      isHead: head >= 0,
      density: owned / (to - from),
    });
  }
  return { bins, cellsPerBin };
}

function majority(owners: Uint8Array, from: number, to: number): [owner: number, cells: number] {
  const counts = new Map<number, number>();
  let owned = 0;
  for (let i = from; i < to; i++) {
    const owner = owners[i]!;
    if (owner === 0) continue;
    owned++;
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  let best = 0;
  for (const [owner, count] of counts) {
    const top = counts.get(best) ?? 0;
    if (count > top || (count === top && owner < best)) best = owner;
  }
  return [best, owned];
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The letter, or digit, that stands for a warrior; from the 37th on they come again. */
export function letterOf(warrior: number): string {
  return LETTERS[warrior % LETTERS.length]!;
}

/** The map as text: one letter per warrior, upper case (or `#` for digits) where it runs next, `.` for empty cells. */
export function renderPlainMap(map: CoreMap, size: MapSize): string {
  return toLines(binCore(map, size).bins, size.columns, ({ warrior, isHead }) => {
    if (warrior < 0) return '.';
    const letter = letterOf(warrior);
    if (!isHead) return letter;
    return letter.toUpperCase() === letter ? '#' : letter.toUpperCase();
  });
}

/**
 * Colors of the 256-color palette. The first ones are the farthest apart; all 36 can be told apart on black. Each has a
 * contrast of 3.4 or more to it. From the 37th warrior on they come again.
 */
const COLORS: readonly number[] = [
  39, 208, 231, 127, 46, 29, 160, 207, 27, 115, 70, 139, 198, 219, 220, 60, 94, 129, 157, 51, 137,
  45, 217, 36, 32, 134, 41, 203, 146, 143, 132, 105, 253, 166, 100, 226,
];
const BLACK = 16;
const WHITE = 231;
/** What an empty cell is drawn in. */
const EMPTY_COLOR = 238;

export function colorOf(warrior: number): number {
  return COLORS[warrior % COLORS.length]!;
}

/** The escape sequence of text on a warrior's color: black or white, whichever is easier to read. */
export function groundStyle(warrior: number): string {
  const color = colorOf(warrior);
  return `\u001b[0;1;38;5;${luminanceOf(color) > 0.18 ? BLACK : WHITE};48;5;${color}m`;
}

/** The relative luminance of a color of the palette from 16 on, as in WCAG 2. */
function luminanceOf(color: number): number {
  const cube = [0, 95, 135, 175, 215, 255];
  const index = color - 16;
  const gray = 8 + 10 * (color - 232);
  const rgb =
    color >= 232
      ? [gray, gray, gray]
      : [cube[Math.floor(index / 36)]!, cube[Math.floor(index / 6) % 6]!, cube[index % 6]!];
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

/**
 * The map in 256 colors on black: full blocks where most cells are owned, light ones else, a warrior's letter on its color
 * where it runs next.
 */
export function renderColorMap(map: CoreMap, size: MapSize): string {
  let last = '';
  const paint = ({ warrior, isHead, density }: MapBin): string => {
    const style = styleOf(warrior, isHead);
    const change = style === last ? '' : style;
    last = style;
    if (warrior < 0) return `${change}·`;
    return `${change}${isHead ? letterOf(warrior).toUpperCase() : density > 0.5 ? '█' : '▒'}`;
  };
  return `${toLines(binCore(map, size).bins, size.columns, paint)}\u001b[0m`;
}

function styleOf(warrior: number, isHead: boolean): string {
  if (isHead) return groundStyle(warrior);
  const color = warrior < 0 ? EMPTY_COLOR : colorOf(warrior);
  return `\u001b[0;38;5;${color};48;5;${BLACK}m`;
}

function toLines(bins: readonly MapBin[], columns: number, paint: (bin: MapBin) => string): string {
  const width = Math.max(1, columns);
  const lines: string[] = [];
  for (let from = 0; from < bins.length; from += width) {
    lines.push(
      bins
        .slice(from, from + width)
        .map(paint)
        .join(''),
    );
  }
  return lines.join('\n');
}
