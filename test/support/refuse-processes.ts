// Unit tests start no process: a test that does fails, with what to do about it.

import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

const STARTERS = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'];

for (const name of STARTERS) {
  Object.assign(childProcess, {
    [name]: (what: unknown) => {
      throw new Error(
        `${name}(${JSON.stringify(what)}) in a unit test: list its file in PROCESS_TESTS of vitest.config.ts`,
      );
    },
  });
}
syncBuiltinESMExports();
