// The script that makes charts of a page live, as the build made it.

import { fileURLToPath } from 'node:url';
import { UserError } from '../core/index.ts';
import { readRegularFile } from '../files/read-file.ts';

/** What the build makes is smaller. */
const MAX_BYTES = 400_000;

/**
 * The script for the end of a page. It is the same file whether this code runs from `src` or from `dist`.
 *
 * @throws UserError when the build has not made it
 */
export function readLiveScript(): string {
  const file = fileURLToPath(new URL('../../dist/chart/live.js', import.meta.url));
  try {
    return new TextDecoder().decode(readRegularFile(file, { maxBytes: MAX_BYTES })).trim();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`no script for the charts of reports: ${reason}`, {
      hint: 'install the package again; in a clone: npm run build',
      cause,
    });
  }
}
