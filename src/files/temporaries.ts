// Removes what dead writers left: files and folders that never got their names, or were moved aside.

import * as nodeFs from 'node:fs';
import path from 'node:path';
import { explainingErrors, type FileOperations } from './atomic.ts';
import { isProcessAlive } from './process-alive.ts';
import { explainFolderError } from './read-file.ts';

const TEMPORARY = /^(.+)\.(tmp|old)-(\d+)$/;
/** Temporary files of locks are left to `takeLock`. */
const LOCK = /\.lock(\.stale)?$/;

type ClearOptions = {
  /** Whether the lock covers what is to be called `name`; by default everything is covered. Users keep files of their own beside ours. */
  readonly owns?: (name: string) => boolean;
  /** Whether the lock covers a folder below; by default none. */
  readonly enters?: (folder: string) => boolean;
};

/**
 * Cleans up a folder whose lock this process holds. Nobody else may be writing there, so every temporary file is a dead writer's,
 * even if another process has its id now: `NAME.tmp-PID` is removed, and a folder
 * `NAME.old-PID` gets its name back when nothing has taken it. A file `NAME.old-2020` is somebody's own.
 *
 * @throws UserError if writing fails
 */
export function clearTemporaries(folder: string, options: ClearOptions = {}): void {
  const { owns = () => true, enters = () => false } = options;
  clear(folder, nodeFs, ({ name }) => owns(name));
  for (const entry of listEntries(folder)) {
    const below = path.join(folder, entry.name);
    if (entry.isDirectory() && enters(below)) clearTemporaries(below, options);
  }
}

/**
 * The same in a folder without a lock: what carries the id of a living process is left, except this process's own. A
 * writer is done or dead when its next one starts. A missing folder is fine.
 *
 * @throws UserError if writing fails
 */
export function recoverTemporaries(
  folder: string,
  { owns = () => true, files = nodeFs }: RecoverOptions = {},
): void {
  if (!nodeFs.existsSync(folder)) return;
  const isStale = (pid: number) => pid === process.pid || !isProcessAlive(pid);
  clear(folder, files, ({ name, pid }) => owns(name) && isStale(pid));
}

type RecoverOptions = Pick<ClearOptions, 'owns'> & {
  readonly files?: FileOperations | undefined;
};

type Temporary = { readonly name: string; readonly pid: number };

function clear(
  folder: string,
  files: FileOperations,
  isStale: (temporary: Temporary) => boolean,
): void {
  for (const entry of listEntries(folder)) {
    const [, name, kind, pid] = TEMPORARY.exec(entry.name) ?? [];
    if (name === undefined || LOCK.test(name) || !isStale({ name, pid: Number(pid) })) continue;
    // Only folders are moved aside.
    if (kind === 'old' && !entry.isDirectory()) continue;
    const leftover = path.join(folder, entry.name);
    const place = path.join(folder, name);
    explainingErrors(leftover, () => {
      if (kind === 'old' && !nodeFs.existsSync(place)) files.renameSync(leftover, place);
      else files.rmSync(leftover, { recursive: true, force: true });
    });
  }
}

function listEntries(folder: string): nodeFs.Dirent[] {
  try {
    return nodeFs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw explainFolderError(folder, error);
  }
}
