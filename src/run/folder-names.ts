// Names in recipes that become folders, which must be valid on every file system.

/** Names of files and folders while they are being written or replaced. */
const TEMPORARY = /\.(?:tmp|old)-\d+$/;
/** Devices of Windows, whatever follows after a dot. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const MOST_LETTERS = 64;

/** Why a name cannot be that of a folder, as a sentence; null if it can. */
export function explainFolderName(name: string): string | null {
  if (TEMPORARY.test(name)) {
    return 'folders that end like this are taken for half-written ones and removed: choose another ending';
  }
  if (name.endsWith('.')) return 'some file systems drop a dot at the end: remove it';
  if (DEVICE.test(name)) return 'Windows has a device of this name: choose another one';
  if (name.length > MOST_LETTERS) return `it has more than ${MOST_LETTERS} letters: shorten it`;
  return null;
}

/** Two names that differ in nothing but capitals, which many file systems do not tell apart; null if there are none. */
export function findCaseTwins(names: readonly string[]): readonly [string, string] | null {
  const seen = new Map<string, string>();
  for (const name of names) {
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined) return [twin, name];
    seen.set(name.toLowerCase(), name);
  }
  return null;
}
