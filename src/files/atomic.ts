// Files and folders that appear whole or not at all: written beside their place, made durable, then renamed.

import * as nodeFs from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';

/** The operations by which this package changes a disk. Tests pass others that fail on purpose. */
export type FileOperations = Pick<
  typeof nodeFs,
  'openSync' | 'writeSync' | 'fsyncSync' | 'closeSync' | 'mkdirSync' | 'renameSync' | 'rmSync'
>;

/** What a file is to hold: text (as UTF-8), bytes, or bytes in pieces, so that no second copy of them is made. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>;

// One write call takes at most 2 GiB; smaller pieces also bound what the kernel copies at a time.
const LARGEST_WRITE = 2 ** 26;
const TEMPORARY = /^(.+)\.(tmp|old)-(\d+)$/;

/**
 * Writes `content` to `filePath`: afterwards the file is there, complete and on the disk, or, when
 * this throws or the process dies, whatever was there before still is.
 *
 * @throws UserError when the disk refuses (full, read-only, no permission, no such folder)
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
 * renamed to `NAME.old-PID` first, and comes back at `recoverTemporaries` if the process dies between.
 *
 * @throws UserError when the disk refuses; whatever `fill` throws
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
 * Removes a folder so that it is never seen half empty: it loses its name first.
 *
 * @throws UserError when the disk refuses
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

/** Makes `directory` and its parents, durably, when they are missing. */
export function ensureDirectory(directory: string, files: FileOperations = nodeFs): void {
  explainingErrors(directory, () => {
    const first = files.mkdirSync(directory, { recursive: true });
    if (first === undefined) return;
    const stop = path.dirname(path.resolve(first));
    let parent = path.resolve(directory);
    while (parent !== stop) {
      parent = path.dirname(parent);
      syncDirectory(parent, files);
    }
  });
}

/**
 * Clears up in `parent` after writers that died: removes `NAME.tmp-PID`, and gives a folder
 * `NAME.old-PID` its name back when nothing has taken it. Those of other processes still alive are left.
 */
export function recoverTemporaries(parent: string, files: FileOperations = nodeFs): void {
  if (!nodeFs.existsSync(parent)) return;
  for (const entry of nodeFs.readdirSync(parent)) {
    const [, name, kind, pid] = TEMPORARY.exec(entry) ?? [];
    if (name === undefined) continue;
    // A writer is done or dead when its next one starts, so what carries this process's id is stale too.
    if (Number(pid) !== process.pid && isProcessAlive(Number(pid))) continue;
    const leftover = path.join(parent, entry);
    const place = path.join(parent, name);
    explainingErrors(leftover, () => {
      if (kind === 'old' && !nodeFs.existsSync(place)) files.renameSync(leftover, place);
      else files.rmSync(leftover, { recursive: true, force: true });
    });
  }
}

/** Whether a process with this id exists on this machine (it may be an unrelated one). */
export function isProcessAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Runs `body`, which changes `filePath`; an error of the operating system becomes a UserError that
 * says `action` and the path. Other errors pass as they are.
 */
export function explainingErrors<T>(filePath: string, body: () => T, action = 'writing'): T {
  try {
    return body();
  } catch (error) {
    throw explainFileError(filePath, error, action);
  }
}

function explainFileError(filePath: string, error: unknown, action: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof UserError || typeof code !== 'string' || typeof syscall !== 'string') {
    return error;
  }
  const [problem, hint] = EXPLANATIONS[code] ?? [
    `error ${code} (${syscall}) while`,
    'check the disk',
  ];
  return new UserError(`${problem} ${action} ${filePath}`, { hint, cause: error });
}

const FULL = ['disk full while', 'free space, or choose a folder on another disk'] as const;
const DENIED = ['no permission for', 'choose a folder you may write to'] as const;
const EXPLANATIONS: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  ENOSPC: FULL,
  EDQUOT: ['disk quota reached while', FULL[1]],
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: ['read-only file system:', DENIED[1]],
  ENOENT: ['no such folder for', 'make the folder first'],
  ENOTDIR: ['a file stands where a folder should, for', 'choose another folder'],
  EISDIR: ['a folder stands where a file should, for', 'choose another name'],
  EMFILE: ['too many open files while', 'raise the limit (ulimit -n)'],
};

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
