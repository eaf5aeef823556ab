// Python for tests that compare with other implementations; they are skipped where it lacks a module.

import { spawnSync } from 'node:child_process';

// Looks without importing: torch alone takes seconds.
const PROBE = `
import importlib.util, sys
sys.exit(not all(importlib.util.find_spec(name) for name in sys.argv[1:]))
`;

/**
 * The first Python that has the modules. An interpreter of a virtual environment is named by `PRIMORDIA_TEST_PYTHON`.
 *
 * @returns undefined if there is none
 */
export function findPython(...modules: readonly string[]): string | undefined {
  const named = process.env.PRIMORDIA_TEST_PYTHON;
  return [...(named ? [named] : []), 'python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', PROBE, ...modules], { stdio: 'ignore' }).status === 0,
  );
}
