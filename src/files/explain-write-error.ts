// Explains errors of the operating system when writing.

import { accessSync, constants, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { explainNul } from './explain-nul.ts';

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
  const refusal = explainNul(filePath, error);
  if (refusal !== null) return refusal;
  if (error instanceof UserError || typeof code !== 'string' || typeof syscall !== 'string') {
    return error;
  }
  const [problem, hint] = explainCode(code, syscall, filePath);
  return new UserError(`${problem} ${action} ${filePath}`, { hint, cause: error });
}

type Explanation = readonly [problem: string, hint: string];

function explainCode(code: string, syscall: string, filePath: string): Explanation {
  if (code === 'ENOENT' || code === 'ENOTDIR') return explainPlace(filePath);
  return (
    EXPLANATIONS[code] ?? [`error ${code} (${syscall}) while`, 'check the disk and its file system']
  );
}

const FREE = 'free space, or choose a folder on another disk';
const DENIED: Explanation = ['no permission for', 'choose a folder you may write to'];
const READ_ONLY: Explanation = ['read-only file system:', DENIED[1]];
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ENOSPC: ['disk full while', FREE],
  EDQUOT: ['disk quota reached while', FREE],
  EFBIG: ['file too large for the file system or the limit (ulimit -f), while', FREE],
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: READ_ONLY,
  EIO: [
    'the disk reported an input/output error (EIO) while',
    'the disk may be failing: check the system log, and keep a copy of what is there',
  ],
  ESTALE: ['the network file system lost the file (ESTALE) while', 'mount it again'],
  EEXIST: ['something is in the way for', 'choose another name'],
  EISDIR: ['a folder stands where a file should, for', 'choose another name'],
  ELOOP: ['symbolic links that go in a circle stand in the way for', 'choose another name'],
  ENAMETOOLONG: ['the name is too long for', 'choose a shorter one'],
  EMFILE: ['too many open files while', 'raise the limit (ulimit -n)'],
  ENFILE: ['too many open files on this machine while', 'end other programs'],
};

/** Why nothing can be made at a path: what is missing on the way to it, or stands in the way. */
function explainPlace(filePath: string): Explanation {
  let missing: string | null = null;
  let place = path.dirname(path.resolve(filePath));
  for (;;) {
    const found = lookAt(place);
    if (found === 'other') {
      return [`${shorten(place)} is a file where a folder should be, for`, 'choose another folder'];
    }
    if (found === 'folder' || place === path.dirname(place)) break;
    missing = place;
    place = path.dirname(place);
  }
  if (missing === null) {
    const isThere = lstatSync(filePath, { throwIfNoEntry: false }) !== undefined;
    return isThere
      ? ['a symbolic link that leads nowhere stands in the way for', 'remove the link']
      : ['another program removed something while', 'run the command again'];
  }
  // Where the folder above cannot be written, that is why the folder could not be made.
  try {
    accessSync(place, constants.W_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EROFS') return READ_ONLY;
    return DENIED;
  }
  return [`no such folder as ${shorten(missing)} for`, 'create the folder first'];
}

function lookAt(place: string): 'folder' | 'other' | null {
  try {
    return statSync(place).isDirectory() ? 'folder' : 'other';
  } catch {
    return null;
  }
}

/** Relative to the working folder where that is shorter: what the user most likely typed. */
function shorten(place: string): string {
  const relative = path.relative(process.cwd(), place);
  return relative !== '' && !relative.startsWith('..') ? relative : place;
}
