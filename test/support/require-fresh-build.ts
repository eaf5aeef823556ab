// Tests that start the built program or its workers do not run against a build of other sources.

import { fileURLToPath } from 'node:url';
import { explainStaleBuild } from '../../scripts/source-hashes.mjs';

/** vitest calls it once, before the tests of a project. */
export function setup(): void {
  const fault = explainStaleBuild(fileURLToPath(new URL('../..', import.meta.url)));
  if (fault === null) return;
  const error = new Error(fault);
  // Where it was thrown tells nobody anything, and vitest cannot look it up in modules that it has from its cache.
  error.stack = `Error: ${fault}`;
  throw error;
}
