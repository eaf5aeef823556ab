const UNITS = ['KiB', 'MiB', 'GiB'] as const;

/** Bytes of memory for display, in the largest unit of which there is one: `12.0 KiB`, `402.0 MiB`, `3.5 GiB`. */
export function formatMemory(bytes: number): string {
  const power = bytes < 2 ** 20 ? 0 : bytes < 2 ** 30 ? 1 : 2;
  return `${(bytes / 2 ** (10 * (power + 1))).toFixed(1)} ${UNITS[power]}`;
}
