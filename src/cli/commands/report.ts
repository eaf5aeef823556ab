// `primordia report`: writes a run's report anew.

import type { Command } from 'commander';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { createOutput } from '../output.ts';

export function addReport(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('report')
    .description('write the HTML report of a run or study, finished or not')
    .argument('<dir>', 'folder of the run or study')
    .addHelpText(
      'after',
      `
Examples:
  primordia report runs/quickstart-001
  primordia report runs/smt-vs-bptt
  primordia drq report runs/race       an arms race has a command of its own`,
    );
  addCommonOptions(command).action(async (directory: string, options: CommonOptions) => {
    const { writeReport } = await import('../../report/index.ts');
    const report = writeReport(directory);
    createOutput(options).result({ report }, report);
    exit(0);
  });
}
