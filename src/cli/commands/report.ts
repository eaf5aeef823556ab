// `primordia report`: writes the report of a run, a study or a hill again, or a page that compares runs.

import { statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../../core/index.ts';
import { loadKindsToShow } from '../../plugins/index.ts';
import { readKind } from '../../run/index.ts';
import { findArm } from '../../study/index.ts';
import type { Registries } from '../../training/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { createOutput, type Output } from '../output.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';

type Options = CommonOptions & PluginOptions & { readonly arm?: string; readonly out?: string };

export function addReport(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('report')
    .description(
      'write the HTML report of a run, study or hill, finished or not; of several runs, compare them',
    )
    .argument(
      '<path...>',
      'folder of a run or study, or file of a hill; several folders of one kind',
    )
    .option('--arm <name>', 'of a study: the report of this arm’s run, in its own folder')
    .option(
      '--out <file>',
      'file to write (default: report.html of the run, or comparison.html here)',
    )
    .addHelpText(
      'after',
      `
Examples:
  primordia report runs/quickstart-001
  primordia report runs/quickstart-001 --arm nca
  primordia report runs/smt-vs-bptt
  primordia report runs/a runs/b --out a-and-b.html   compares runs of one kind
  primordia report hill.json                          writes hill.html
  primordia drq report runs/race                      an arms race has a command of its own`,
    );
  addPluginOption(command);
  addCommonOptions(command).action(async (given: string[], options: Options) => {
    const output = createOutput(options);
    const report = await (given.length > 1
      ? compare(given, options, output)
      : writeOne(given[0]!, options, output));
    output.result({ report }, report);
    exit(0);
  });
}

async function writeOne(given: string, options: Options, output: Output): Promise<string> {
  const { writeHillReport, writeReport } = await import('../../report/index.ts');
  const place = options.arm === undefined ? given : findReportArm(given, options.arm, output);
  if (isFile(given)) return writeHillReport(place, options.out);
  return writeReport(place, await loadShown(given, options, output), options.out);
}

async function compare(
  given: readonly string[],
  options: Options,
  output: Output,
): Promise<string> {
  const file = given.find(isFile);
  if (file !== undefined) {
    throw new UserError(`${file} is a file: only folders of runs can be compared`, {
      hint: 'give a hill by itself',
    });
  }
  if (options.arm !== undefined) {
    throw new UserError('--arm has no meaning where several folders are given', {
      hint: 'give the folders of the arms: they lie in jobs/cells of the study',
    });
  }
  const { writeComparison } = await import('../../report/index.ts');
  const registries: Registries[] = [];
  for (const directory of given) registries.push(await loadShown(directory, options, output));
  return writeComparison(given, registries, options.out);
}

function isFile(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The kinds of a run; of a plugin that is not here, says what the report lacks. */
async function loadShown(
  directory: string,
  { plugin }: PluginOptions,
  output: Output,
): Promise<Registries> {
  const { registries, missing } = await loadKindsToShow(directory, plugin);
  for (const entry of missing) {
    output.say(
      `the plugin ${path.basename(entry)} was not found: the report says less about what it defines (--plugin FILE names it)`,
    );
  }
  return registries;
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
