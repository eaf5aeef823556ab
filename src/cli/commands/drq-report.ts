// `primordia drq report`: the report of an arms race, or of several together.

import type { Command } from 'commander';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { createOutput } from '../output.ts';

export function addDrqReport(drq: Command, exit: (code: number) => void): void {
  const command = drq
    .command('report')
    .description('write the report of a run, or one that compares several')
    .argument('<dir...>', 'folders of runs')
    .option('--out <file>', 'file to write (default: report.html of the run, or drq-report.html)')
    .addHelpText(
      'after',
      `
Several runs show what one cannot: how generality develops on average, and whether independent runs converge. Measure them
with "drq generality" first.

Examples:
  primordia drq report runs/k3-0
  primordia drq report runs/k1-* runs/k3-* runs/k10-* --out runs/comparison.html`,
    );
  addCommonOptions(command).action(
    async (directories: string[], flags: CommonOptions & { out?: string }) => {
      const { writeRedQueenReport } = await import('../../report/index.ts');
      const report = writeRedQueenReport(directories, flags.out);
      createOutput(flags).result({ report }, report);
      exit(0);
    },
  );
}
