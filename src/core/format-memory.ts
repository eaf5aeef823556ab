/** Bytes of memory for display: `402.0 MiB`, `3.5 GiB`. */
export function formatMemory(bytes: number): string {
  const [unit, name] = bytes < 2 ** 30 ? [2 ** 20, 'MiB'] : [2 ** 30, 'GiB'];
  return `${(bytes / unit).toFixed(1)} ${name}`;
}
