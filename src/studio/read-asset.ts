// The built pages: files of one folder, by their names in addresses.

import { readFile } from 'node:fs/promises';
import path from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** Names that a build makes: no dots but that of the ending, no steps upward. */
const NAME = /^(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)*\.[a-z]+$/;

/**
 * The file of an address; the start page for addresses without an ending, which are pages of the application; null where there
 * is none.
 */
export async function readAsset(
  folder: string,
  address: string,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string } | null> {
  const name = path.posix.extname(address) === '' ? 'index.html' : address.slice(1);
  const type = TYPES[path.posix.extname(name)];
  if (!NAME.test(name) || type === undefined) return null;
  try {
    return { bytes: new Uint8Array(await readFile(path.join(folder, name))), type };
  } catch {
    return null;
  }
}
