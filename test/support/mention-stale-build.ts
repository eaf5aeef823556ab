// Most unit tests need no build; those whose code starts a worker take it from dist/, whatever that was built from.

import { fileURLToPath } from 'node:url';
import { explainStaleBuild } from '../../scripts/source-hashes.mjs';

/** vitest calls it once, before the tests of a project. */
export function setup(): void {
  const fault = explainStaleBuild(fileURLToPath(new URL('../..', import.meta.url)));
  if (fault !== null) console.warn(`note: ${fault} (workers are taken from dist)`);
}
