// Folders of runs as a comparison names them.

import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';

/** The last part of each folder's path, and as much before it as tells them apart. */
export function labelFolders(directories: readonly string[]): string[] {
  const parts = directories.map((directory) => path.resolve(directory).split(path.sep));
  const most = Math.max(...parts.map(({ length }) => length));
  for (let count = 1; count < most; count++) {
    const labels = parts.map((own) => own.slice(-count).join('/'));
    if (new Set(labels).size === labels.length) return labels;
  }
  return parts.map((own) => own.join('/'));
}

/**
 * Refuses a folder that is given twice, whatever name it goes by.
 *
 * @throws UserError naming it
 */
export function refuseRepeated(directories: readonly string[], hint: string): void {
  const seen = new Map<string, string>();
  for (const directory of directories) {
    // A folder that is not there is an error of its own.
    const place = existsSync(directory) ? realpathSync(directory) : directory;
    const before = seen.get(place);
    if (before !== undefined) {
      const which = before === directory ? directory : `${before} (also as ${directory})`;
      throw new UserError(`the run ${which} is given twice`, { hint });
    }
    seen.set(place, directory);
  }
}
