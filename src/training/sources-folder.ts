// Where the sources lie that come with the package.

import { fileURLToPath } from 'node:url';

/** The folder of shipped sources, one folder each. From `src` and from `dist` it is the same place. */
export function sourcesFolder(): string {
  return fileURLToPath(new URL('../../sources/', import.meta.url));
}
