// Tests that start the built program or its workers do not run against a build of other sources.

import { fileURLToPath } from 'node:url';
import { explainStaleBuild } from '../../scripts/source-hashes.mjs';

/** vitest calls it once, before the tests of a project. */
export function setup(): void {
  const fault = explainStaleBuild(fileURLToPath(new URL('../..', import.meta.url)));
  if (fault !== null) throw new Error(fault);
}
