// Where the cells of a core lie on the map: in reading order, rows of squares.

export type MapLayout = {
  readonly columns: number;
  readonly rows: number;
  /** Side of a cell in CSS pixels. */
  readonly side: number;
};

const MIN_SIDE = 2;
const MAX_SIDE = 32;
/** Height of the map by its width, at most, where cells are not at their smallest. */
const MAX_RATIO = 0.8;
const MIN_HEIGHT = 420;

/** The largest cells with which the core fits into a width. */
export function layOutCore(coreSize: number, width: number, zoom = 1): MapLayout {
  const height = Math.max(MIN_HEIGHT, width * MAX_RATIO);
  let side = MAX_SIDE;
  while (side > MIN_SIDE && Math.ceil(coreSize / columnsOf(width, side)) * side > height) side--;
  const columns = Math.min(coreSize, columnsOf(width, side));
  return { columns, rows: Math.ceil(coreSize / columns), side: side * zoom };
}

function columnsOf(width: number, side: number): number {
  return Math.max(1, Math.floor(width / side));
}

/** The address at a place of the map; null beside the core. */
export function addressAt(
  { columns, side }: MapLayout,
  coreSize: number,
  x: number,
  y: number,
): number | null {
  const column = Math.floor(x / side);
  const row = Math.floor(y / side);
  if (column < 0 || column >= columns || row < 0) return null;
  const address = row * columns + column;
  return address < coreSize ? address : null;
}

/** Where a key of the keyboard leads from an address; null for other keys. */
export function moveAddress(
  key: string,
  address: number,
  { columns }: MapLayout,
  coreSize: number,
): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -10 * columns,
    PageDown: 10 * columns,
  };
  if (key === 'Home') return 0;
  if (key === 'End') return coreSize - 1;
  const step = steps[key];
  return step === undefined ? null : (((address + step) % coreSize) + coreSize) % coreSize;
}
