// `primordia doctor`: checks that everything that Primordia needs exists and works, and says what to do if not.

import type { Command } from 'commander';
import { type Check, checkInstallation } from '../check-installation.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { createOutput } from '../output.ts';

export function addDoctor(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('doctor')
    .description('check the installation and the machine, and say what is missing and what to do')
    .addHelpText('after', '\nExample:\n  primordia doctor --json');
  addCommonOptions(command).action(async (options: CommonOptions) => {
    const checks = await checkInstallation(process.cwd());
    const missing = checks.filter(({ status }) => status === 'missing');
    const output = createOutput(options);
    output.result({ ok: missing.length === 0, checks }, formatChecks(checks));
    exit(missing.length === 0 ? 0 : 1);
  });
}

/** A line for each check, with what to do below it, and a verdict. */
export function formatChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, status, found, hint }) => [
    `${status.padEnd(7)}  ${name.padEnd(width)}  ${found}`,
    ...(hint === undefined ? [] : [`${' '.repeat(width + 11)}→ ${hint}`]),
  ]);
  const count = checks.filter(({ status }) => status === 'missing').length;
  const verdict =
    count === 0
      ? 'Everything that Primordia needs is installed.'
      : `${count} of ${checks.length} checks failed: see the lines that begin with "missing".`;
  return [...lines, '', verdict].join('\n');
}
