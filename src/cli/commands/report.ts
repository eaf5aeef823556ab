// `primordia report`: writes the report of a run, a study or a hill again.

import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { UserError } from '../../core/index.ts';
import { loadRunKinds } from '../../plugins/index.ts';
import { readKind } from '../../run/index.ts';
import { findArm } from '../../study/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { createOutput, type Output } from '../output.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';

type Options = CommonOptions & PluginOptions & { readonly arm?: string };

export function addReport(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('report')
    .description('write the HTML report of a run, study or hill, finished or not')
    .argument('<path>', 'folder of the run or study, or file of the hill')
    .option('--arm <name>', 'of a study: the report of this arm’s run, in its own folder')
    .addHelpText(
      'after',
      `
Examples:
  primordia report runs/quickstart-001
  primordia report runs/quickstart-001 --arm nca
  primordia report runs/smt-vs-bptt
  primordia report hill.json           writes hill.html
  primordia drq report runs/race       an arms race has a command of its own`,
    );
  addPluginOption(command);
  addCommonOptions(command).action(async (given: string, options: Options) => {
    const { writeHillReport, writeReport } = await import('../../report/index.ts');
    const output = createOutput(options);
    const isHill = statSync(given, { throwIfNoEntry: false })?.isFile() ?? false;
    const place = options.arm === undefined ? given : findReportArm(given, options.arm, output);
    const report = isHill
      ? writeHillReport(place)
      : writeReport(place, (await loadRunKinds(given, options.plugin)).registries);
    output.result({ report }, report);
    exit(0);
  });
}

function findReportArm(directory: string, arm: string, output: Output): string {
  if (readKind(directory) !== 'study') {
    throw new UserError(`${directory} is not a study: it has no arm '${arm}'`, {
      hint: 'leave --arm out',
    });
  }
  const { name, folder } = findArm(directory, arm);
  output.say(`arm ${name}`);
  return folder;
}
