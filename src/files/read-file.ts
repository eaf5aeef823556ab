// Reading files from outside: only regular files, never more bytes than expected, errors that name the true cause.

import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
} from 'node:fs';
import path from 'node:path';
import { nearestName, UserError } from '../core/index.ts';
import { explainNul } from './explain-nul.ts';

/** Largest file that is read whole where a caller names no bound of its own: 2 GiB, what one buffer can hold. */
const LARGEST_FILE_BYTES = 2 ** 31 - 1;

export type ReadBounds = {
  /** Files with more bytes are refused. `LARGEST_FILE_BYTES` by default. */
  readonly maxBytes?: number;
  /** What to do when the path is a directory: becomes the error's hint. */
  readonly directoryHint?: string;
};

/**
 * The bytes of a regular file.
 *
 * @throws UserError if there is none, it is a directory, a pipe or a device, it cannot be read, or it has more than
 *   `maxBytes` bytes
 */
export function readRegularFile(file: string, bounds: ReadBounds = {}): Uint8Array {
  const { maxBytes = LARGEST_FILE_BYTES } = bounds;
  const { descriptor, size } = openRegularFile(file, bounds);
  try {
    refuseLongerThan(file, size, maxBytes);
    const bytes = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      const count = readSync(descriptor, bytes, filled, size - filled, filled);
      // Cut short since it was opened: what is there is what there is.
      if (count === 0) break;
      filled += count;
    }
    return filled === size ? bytes : bytes.subarray(0, filled);
  } catch (error) {
    throw explainReadError(file, error);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The text of a regular file: UTF-8, a byte order mark dropped, stray bytes as U+FFFD.
 *
 * @throws UserError as `readRegularFile`
 */
export function readRegularText(file: string, bounds: ReadBounds = {}): string {
  // A JavaScript string holds half a billion characters at most.
  const bytes = readRegularFile(file, { maxBytes: LARGEST_TEXT_BYTES, ...bounds });
  return new TextDecoder('utf-8').decode(bytes);
}

const LARGEST_TEXT_BYTES = 2 ** 29 - 2 ** 16;

/**
 * Opens a regular file for reading. Pipes and devices are refused without waiting for their other end.
 * The caller closes the descriptor.
 *
 * @throws UserError as `readRegularFile`
 */
export function openRegularFile(
  file: string,
  { directoryHint }: Pick<ReadBounds, 'directoryHint'> = {},
): { readonly descriptor: number; readonly size: number } {
  let descriptor: number;
  try {
    // Windows has neither the flag nor the pipes that it is for.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw explainReadError(file, error, directoryHint);
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw notRegular(file, stats, directoryHint);
    return { descriptor, size: stats.size };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * Explains an error of the operating system when reading `file`: the cause, and the nearest name if there is no such file. Other
 * errors are returned unchanged.
 */
export function explainReadError(file: string, error: unknown, directoryHint?: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const refusal = explainNul(file, error);
  if (refusal !== null) return refusal;
  if (error instanceof UserError || typeof code !== 'string' || typeof syscall !== 'string') {
    return error;
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new UserError(`no file ${file}`, { ...nearbyHint(file), cause: error });
  }
  if (code === 'EISDIR') return isDirectory(file, directoryHint);
  const problem = PROBLEMS[code] ?? `error ${code} (${syscall})`;
  return new UserError(`cannot read ${file}: ${problem}`, { cause: error });
}

/**
 * Names of what a folder holds, sorted.
 *
 * @throws UserError if there is no such folder, it is a file, or it cannot be read
 */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw explainFolderError(folder, error);
  }
}

/** As `explainReadError`, where `folder` is meant to be one. */
export function explainFolderError(folder: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return explainReadError(folder, error);
  const isThere = code === 'ENOTDIR' && existsSync(folder);
  return isThere
    ? new UserError(`${folder} is a file, not a folder`, { cause: error })
    : new UserError(`no folder ${folder}`, { ...nearbyHint(folder), cause: error });
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  ELOOP: 'its symbolic links go in a circle',
  EMFILE: 'too many open files (raise the limit with ulimit -n)',
  ENXIO: 'it is a socket or a device, not a regular file',
  ENAMETOOLONG: 'the name is too long',
};

function refuseLongerThan(file: string, size: number, maxBytes: number): void {
  if (size <= maxBytes) return;
  throw new UserError(
    `${file} has ${size.toLocaleString('en-US')} bytes, more than the ` +
      `${maxBytes.toLocaleString('en-US')} that are read here`,
  );
}

function notRegular(file: string, stats: Stats, directoryHint?: string): UserError {
  if (stats.isDirectory()) return isDirectory(file, directoryHint);
  const kind = stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device';
  return new UserError(`${file} is ${kind}, not a regular file`, {
    hint: 'write its content to a file and name that',
  });
}

function isDirectory(file: string, hint?: string): UserError {
  return new UserError(`${file} is a directory`, hint === undefined ? {} : { hint });
}

function nearbyHint(file: string): { hint?: string } {
  const folder = path.dirname(file);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return {
      hint: existsSync(folder) ? `${folder} cannot be listed` : `there is no folder ${folder}`,
    };
  }
  const own = path.basename(file);
  // A name that is there and still cannot be used is not a suggestion.
  const near = nearestName(own, names.filter((name) => name !== own).sort());
  return near === undefined ? {} : { hint: `did you mean ${path.join(folder, near)}?` };
}
