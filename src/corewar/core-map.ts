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

/** The map as text: a letter a warrior, upper case (or `#` for digits) where it runs next, `.` for empty cells. */
export function renderPlainMap(map: CoreMap, size: MapSize): string {
  return toLines(binCore(map, size).bins, size.columns, ({ warrior, isHead }) => {
    if (warrior < 0) return '.';
    const letter = LETTERS[warrior % LETTERS.length]!;
    if (!isHead) return letter;
    return letter.toUpperCase() === letter ? '#' : letter.toUpperCase();
  });
}

/** Colours of the 256-colour palette, told apart on a dark ground; for many warriors they come again. */
const COLORS = [39, 208, 77, 205, 226, 51, 135, 203, 118, 222, 69, 250] as const;

export function colorOf(warrior: number): number {
  return COLORS[warrior % COLORS.length]!;
}

/** The map in 256 colours: full blocks where most cells are owned, light ones else, white on colour where one runs next. */
export function renderColorMap(map: CoreMap, size: MapSize): string {
  let last = '';
  const paint = ({ warrior, isHead, density }: MapBin): string => {
    const style = styleOf(warrior, isHead);
    const change = style === last ? '' : style;
    last = style;
    if (warrior < 0) return `${change}·`;
    return `${change}${isHead ? '●' : density > 0.5 ? '█' : '▒'}`;
  };
  return `${toLines(binCore(map, size).bins, size.columns, paint)}\u001b[0m`;
}

function styleOf(warrior: number, isHead: boolean): string {
  if (warrior < 0) return '\u001b[0;38;5;238m';
  const color = colorOf(warrior);
  return isHead ? `\u001b[0;97;48;5;${color}m` : `\u001b[0;38;5;${color}m`;
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
