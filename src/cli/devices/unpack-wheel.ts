// Unpacks a Python wheel, a zip archive, within bounds.

import path from 'node:path';
import { unzipSync } from 'fflate';
import { UserError } from '../../core/index.ts';
import { ensureDirectory, writeFileDurably } from '../../files/atomic.ts';

const MAX_FILES = 1000;
const MAX_BYTES = 2 ** 31;

/**
 * Writes the files of a wheel into a folder.
 *
 * @param bytes the archive
 * @throws UserError for what is not an archive, names outside of the folder, and more than a plugin has; nothing is
 *   written then
 */
export function unpackWheel(bytes: Uint8Array, folder: string): void {
  for (const [name, content] of Object.entries(readArchive(bytes))) {
    // Folders have entries of their own.
    if (name.endsWith('/')) continue;
    const file = path.join(folder, ...name.split('/'));
    ensureDirectory(path.dirname(file));
    writeFileDurably(file, content);
  }
}

function readArchive(bytes: Uint8Array): Record<string, Uint8Array> {
  let files = 0;
  let total = 0;
  try {
    return unzipSync(bytes, {
      filter({ name, originalSize }) {
        files += 1;
        total += originalSize;
        requirePlainName(name);
        if (files > MAX_FILES || total > MAX_BYTES) {
          throw new UserError('the archive holds more than a plugin does');
        }
        return true;
      },
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`it is not a zip archive that can be read: ${(error as Error).message}`);
  }
}

function requirePlainName(name: string): void {
  const parts = name.replace(/\/$/, '').split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (isPlain && !/[\\:\0]/.test(name)) return;
  throw new UserError(`the archive names a file outside of it: ${JSON.stringify(name)}`);
}
