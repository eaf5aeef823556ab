// Files that a page gives its reader.

/** How long the address of a saved file stays valid. */
const VALID_MS = 60_000;

/** Gives the reader a file. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), VALID_MS);
}
