// Builds the documentation site. It installs nothing by itself.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const site = fileURLToPath(new URL('../docs/site/', import.meta.url));
const typedoc = `${site}node_modules/typedoc/bin/typedoc`;

if (existsSync(typedoc)) {
  const args = [typedoc, '--options', 'typedoc.config.mjs', ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { cwd: site, stdio: 'inherit' });
  if (status === 0) process.stdout.write('open docs/site/out/index.html\n');
  else process.exitCode = status ?? 1;
} else {
  process.stderr.write('error: typedoc is not installed: npm ci --prefix docs/site\n');
  process.exitCode = 1;
}
