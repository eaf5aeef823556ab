#!/usr/bin/env node
// The program `primordia`. In a clone that was not built yet it builds first.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/cli/main.js', import.meta.url);
const build = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url));

if (!existsSync(main)) {
  if (!existsSync(build)) {
    process.stderr.write(
      'error: this package was packed without its build (install it again; to pack a clone: npm run package)\n',
    );
    process.exit(1);
  }
  process.stderr.write('building once, which takes some seconds\n');
  // Standard output belongs to the command.
  const { status } = spawnSync(process.execPath, [build], { stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    process.stderr.write(
      'error: the build failed (npm ci installs what it needs; npm run build runs it)\n',
    );
    process.exit(1);
  }
}
await import(main.href);
