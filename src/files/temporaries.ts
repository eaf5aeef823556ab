// What writers that died have left: files and folders that never took their names, or were moved aside.

import * as nodeFs from 'node:fs';
import path from 'node:path';
import { explainingErrors, type FileOperations } from './atomic.ts';
import { isProcessAlive } from './process-alive.ts';

const TEMPORARY = /^(.+)\.(tmp|old)-(\d+)$/;
/** Temporaries of locks are the business of `takeLock`. */
const LOCK = /\.lock(\.stale)?$/;

export type ClearOptions = {
  /** Whether the lock covers what is to be called `name`; by default everything is covered. */
  readonly owns?: (name: string) => boolean;
  /** Whether the lock covers a folder below; by default none. */
  readonly enters?: (folder: string) => boolean;
};

/**
 * Clears up in a folder whose lock this process holds. Nobody else may be writing there, so that every temporary is a
 * dead writer's, also where another process has its id by now: `NAME.tmp-PID` is removed, and a folder
 * `NAME.old-PID` gets its name back when nothing has taken it.
 *
 * @throws UserError when the disk refuses
 */
export function clearTemporaries(folder: string, options: ClearOptions = {}): void {
  const { owns = () => true, enters = () => false } = options;
  clear(folder, nodeFs, ({ name }) => owns(name));
  for (const entry of nodeFs.readdirSync(folder, { withFileTypes: true })) {
    const below = path.join(folder, entry.name);
    if (entry.isDirectory() && enters(below)) clearTemporaries(below, options);
  }
}

/**
 * The same in a folder without a lock: what carries the id of a living process is left, except this process's own. A
 * writer is done or dead when its next one starts. A missing folder is fine.
 *
 * @throws UserError when the disk refuses
 */
export function recoverTemporaries(folder: string, files: FileOperations = nodeFs): void {
  if (!nodeFs.existsSync(folder)) return;
  clear(folder, files, ({ pid }) => pid === process.pid || !isProcessAlive(pid));
}

/** Whether a name is that of a temporary. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

type Temporary = { readonly name: string; readonly pid: number };

function clear(
  folder: string,
  files: FileOperations,
  isStale: (temporary: Temporary) => boolean,
): void {
  for (const entry of nodeFs.readdirSync(folder)) {
    const [, name, kind, pid] = TEMPORARY.exec(entry) ?? [];
    if (name === undefined || LOCK.test(name) || !isStale({ name, pid: Number(pid) })) continue;
    const leftover = path.join(folder, entry);
    const place = path.join(folder, name);
    explainingErrors(leftover, () => {
      if (kind === 'old' && !nodeFs.existsSync(place)) files.renameSync(leftover, place);
      else files.rmSync(leftover, { recursive: true, force: true });
    });
  }
}
