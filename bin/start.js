// Starts a program of the package. In a clone that was not built yet it builds first.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @param {string} main the program's module, from the folder of the build */
export async function start(main) {
  const program = new URL(`../dist/${main}`, import.meta.url);
  if (!existsSync(program)) build();
  await import(program.href);
}

function build() {
  const script = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url));
  if (!existsSync(script)) {
    fail(
      'this package was packed without its build (install it again; to pack a clone: npm run package)',
    );
  }
  process.stderr.write('building once, which takes some seconds\n');
  // Standard output belongs to the command.
  const { status } = spawnSync(process.execPath, [script], { stdio: ['ignore', 2, 2] });
  if (status !== 0) fail('the build failed (npm ci installs what it needs; npm run build runs it)');
}

function fail(reason) {
  process.stderr.write(`error: ${reason}\n`);
  process.exit(1);
}
