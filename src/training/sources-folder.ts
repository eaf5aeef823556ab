// The folder of shipped sources.

import { fileURLToPath } from 'node:url';

/** The folder of shipped sources, with one folder each. Its path is the same from `src` and `dist`. */
export function sourcesFolder(): string {
  return fileURLToPath(new URL('../../sources/', import.meta.url));
}
