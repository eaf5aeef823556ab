// `primordia report`: writes the report of a run, a study or a hill anew.

import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { loadRunKinds } from '../../plugins/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { createOutput } from '../output.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';

export function addReport(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('report')
    .description('write the HTML report of a run, study or hill, finished or not')
    .argument('<path>', 'folder of the run or study, or file of the hill')
    .addHelpText(
      'after',
      `
Examples:
  primordia report runs/quickstart-001
  primordia report runs/smt-vs-bptt
  primordia report hill.json           writes hill.html
  primordia drq report runs/race       an arms race has a command of its own`,
    );
  addPluginOption(command);
  addCommonOptions(command).action(
    async (place: string, options: CommonOptions & PluginOptions) => {
      const { writeHillReport, writeReport } = await import('../../report/index.ts');
      const isHill = statSync(place, { throwIfNoEntry: false })?.isFile() ?? false;
      const report = isHill
        ? writeHillReport(place)
        : writeReport(place, (await loadRunKinds(place, options.plugin)).registries);
      createOutput(options).result({ report }, report);
      exit(0);
    },
  );
}
