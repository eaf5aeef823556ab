// Files and folders that appear whole or not at all: written beside their place, made durable, then renamed.

import * as nodeFs from 'node:fs';
import path from 'node:path';
import { explainingErrors } from './explain-write-error.ts';

export { explainingErrors } from './explain-write-error.ts';

/** The operations by which this package changes a disk. Tests pass others that fail on purpose. */
export type FileOperations = Pick<
  typeof nodeFs,
  'openSync' | 'writeSync' | 'fsyncSync' | 'closeSync' | 'mkdirSync' | 'renameSync' | 'rmSync'
>;

/** What a file is to hold: text (as UTF-8), bytes, or bytes in pieces, so that no second copy of them is made. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>;

// One write call takes at most 2 GiB; smaller pieces also bound what the kernel copies at a time.
const LARGEST_WRITE = 2 ** 26;

/**
 * Writes `content` to `filePath`: afterwards the file is there, complete and on the disk, or, when
 * this throws or the process dies, whatever was there before still is.
 *
 * @throws UserError if writing fails (full, read-only, no permission, no such folder)
 */
export function writeFileAtomic(
  filePath: string,
  content: FileContent,
  files: FileOperations = nodeFs,
): void {
  const temporary = `${filePath}.tmp-${process.pid}`;
  explainingErrors(filePath, () => {
    try {
      writeDurably(temporary, content, files);
      files.renameSync(temporary, filePath);
      syncDirectory(path.dirname(filePath), files);
    } catch (error) {
      removeQuietly(temporary, files);
      throw error;
    }
  });
}

/**
 * Makes a folder through `fill(temporaryPath)`, which writes its files; the folder takes its name by
 * one rename after `fill` returned and everything in it is on the disk. Files must have been synced
 * by `fill` (`writeFileDurably`); folders are synced here. A folder already there is replaced: it is
 * renamed to `NAME.old-PID` first, and comes back at `clearTemporaries` if the process dies between.
 *
 * @throws UserError if writing fails; whatever `fill` throws
 */
export function writeDirectoryAtomic(
  directory: string,
  fill: (temporaryPath: string) => void,
  files: FileOperations = nodeFs,
): void {
  const temporary = `${directory}.tmp-${process.pid}`;
  const aside = `${directory}.old-${process.pid}`;
  explainingErrors(directory, () => {
    let replaces = false;
    try {
      files.rmSync(temporary, { recursive: true, force: true });
      files.mkdirSync(temporary);
      fill(temporary);
      syncTree(temporary, files);
      replaces = nodeFs.existsSync(directory);
      if (replaces) files.renameSync(directory, aside);
      files.renameSync(temporary, directory);
      syncDirectory(path.dirname(directory), files);
    } catch (error) {
      removeQuietly(temporary, files);
      if (replaces && !nodeFs.existsSync(directory)) renameQuietly(aside, directory, files);
      throw error;
    }
    if (replaces) files.rmSync(aside, { recursive: true, force: true });
  });
}

/**
 * Makes a folder as `writeDirectoryAtomic` does, for content that is the same whoever writes it: where another process has made
 * it meanwhile, that one stays, so that who reads there is not disturbed. It is tried twice: a process of another machine
 * may have taken what is half written for that of a dead one.
 *
 * @throws UserError if writing fails; whatever `fill` throws
 */
export function createDirectoryAtomic(
  directory: string,
  fill: (temporaryPath: string) => void,
): void {
  const temporary = `${directory}.tmp-${process.pid}`;
  const create = () => {
    try {
      nodeFs.rmSync(temporary, { recursive: true, force: true });
      nodeFs.mkdirSync(temporary);
      fill(temporary);
      syncTree(temporary, nodeFs);
      nodeFs.renameSync(temporary, directory);
      syncDirectory(path.dirname(directory), nodeFs);
    } catch (error) {
      removeQuietly(temporary, nodeFs);
      if (!nodeFs.existsSync(directory)) throw error;
    }
  };
  explainingErrors(directory, () => {
    try {
      create();
    } catch {
      create();
    }
  });
}

/**
 * Removes a folder so that it is never seen half empty: it loses its name first.
 *
 * @throws UserError if writing fails
 */
export function removeDirectoryAtomic(directory: string, files: FileOperations = nodeFs): void {
  const temporary = `${directory}.tmp-${process.pid}`;
  const remove = () => {
    files.renameSync(directory, temporary);
    files.rmSync(temporary, { recursive: true, force: true });
  };
  explainingErrors(directory, remove, 'removing');
}

/** Writes a file and waits until it is on the disk. Not atomic: for files inside a temporary folder. */
export function writeFileDurably(
  filePath: string,
  content: FileContent,
  files: FileOperations = nodeFs,
): void {
  explainingErrors(filePath, () => writeDurably(filePath, content, files));
}

/** Writes all of `bytes` at the descriptor's position, however little each call takes. */
export function writeFully(
  descriptor: number,
  bytes: Uint8Array,
  files: FileOperations = nodeFs,
): void {
  let written = 0;
  while (written < bytes.length) {
    const count = Math.min(bytes.length - written, LARGEST_WRITE);
    written += files.writeSync(descriptor, bytes, written, count);
  }
}

/** Waits until a file that somebody else wrote is on the disk. */
export function syncFile(filePath: string, files: FileOperations = nodeFs): void {
  syncPath(filePath, 'r+', files);
}

export type EnsureDirectoryOptions = {
  /**
   * Missing parents that may be made too; all by default. Whoever writes into a run says how deep: where the whole run is
   * missing it was moved meanwhile, and must not begin again at its old path.
   */
  readonly parents?: number;
  readonly files?: FileOperations | undefined;
};

/**
 * Makes `directory` and its parents, durably, when they are missing.
 *
 * @throws UserError if writing fails; an error with code ENOENT where more parents are missing than may be made
 */
export function ensureDirectory(
  directory: string,
  { parents = Number.POSITIVE_INFINITY, files = nodeFs }: EnsureDirectoryOptions = {},
): void {
  explainingErrors(directory, () => {
    // Without those above, the first of these is refused by the file system.
    const missing = missingFolders(directory).slice(-1 - parents);
    for (const folder of missing) {
      // One at a time: the recursive call says ENOENT of a read-only disk.
      makeFolder(folder, files);
      syncDirectory(path.dirname(folder), files);
    }
  });
}

/** The folders to be made for `directory`, from the top. */
function missingFolders(directory: string): string[] {
  const missing: string[] = [];
  let folder = path.resolve(directory);
  while (!nodeFs.existsSync(folder) && folder !== path.dirname(folder)) {
    missing.unshift(folder);
    folder = path.dirname(folder);
  }
  if (missing.length === 0 && !nodeFs.statSync(folder).isDirectory()) missing.push(folder);
  return missing;
}

function makeFolder(folder: string, files: FileOperations): void {
  try {
    files.mkdirSync(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    const isThere = nodeFs.statSync(folder, { throwIfNoEntry: false })?.isDirectory();
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isThere) throw error;
  }
}

function writeDurably(filePath: string, content: FileContent, files: FileOperations): void {
  const descriptor = files.openSync(filePath, 'w');
  try {
    for (const piece of contentPieces(content)) writeFully(descriptor, piece, files);
    files.fsyncSync(descriptor);
  } finally {
    files.closeSync(descriptor);
  }
}

/** The bytes of `content`, piece by piece. */
export function contentPieces(content: FileContent): Iterable<Uint8Array> {
  if (typeof content === 'string') return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}

function syncTree(directory: string, files: FileOperations): void {
  for (const entry of nodeFs.readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) syncTree(path.join(directory, entry.name), files);
  }
  syncDirectory(directory, files);
}

function syncDirectory(directory: string, files: FileOperations): void {
  // Windows cannot sync a folder; its renames are journaled.
  if (process.platform !== 'win32') syncPath(directory, 'r', files);
}

function syncPath(filePath: string, flags: string, files: FileOperations): void {
  explainingErrors(filePath, () => {
    const descriptor = files.openSync(filePath, flags);
    try {
      files.fsyncSync(descriptor);
    } finally {
      files.closeSync(descriptor);
    }
  });
}

// Clearing up after an error must not hide that error.
function removeQuietly(target: string, files: FileOperations): void {
  try {
    files.rmSync(target, { recursive: true, force: true });
  } catch {}
}

function renameQuietly(from: string, to: string, files: FileOperations): void {
  try {
    files.renameSync(from, to);
  } catch {}
}
