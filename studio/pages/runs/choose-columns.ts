// Which columns the list of runs has; the browser remembers it.

export const COLUMNS = [
  'State',
  'Recipe',
  'Seed',
  'Steps',
  'Held-out loss, nats',
  'Curve',
  'Tags',
  'Changed',
] as const;

export type ColumnName = (typeof COLUMNS)[number];

const KEY = 'primordia-studio-columns';
/** Of a window that is narrower than this many pixels. */
const NARROW = 700;
const NARROW_COLUMNS: readonly ColumnName[] = ['State', 'Held-out loss, nats'];

export function readColumns(
  memory: Pick<Storage, 'getItem'>,
  width: number,
): readonly ColumnName[] {
  const kept = memory.getItem(KEY);
  if (kept === null) return width < NARROW ? NARROW_COLUMNS : COLUMNS;
  return COLUMNS.filter((name) => kept.split('|').includes(name));
}

export function keepColumns(memory: Pick<Storage, 'setItem'>, names: readonly ColumnName[]): void {
  memory.setItem(KEY, names.join('|'));
}
