// `primordia train` and `primordia resume`.

import type { Command } from 'commander';
import {
  isRecurrentFolder,
  isRecurrentStudyFolder,
  type RecurrentOptions,
  resumeRecurrent,
  resumeRecurrentStudy,
  startRecurrent,
} from '../../recurrent/index.ts';
import {
  isComparison,
  isStudyFolder,
  loadRecipe,
  nextRunDirectory,
  resumeComparison,
  resumeRun,
  resumeStudy,
  startRun,
} from '../../run/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { describeRecurrentStudy } from '../describe-recurrent-study.ts';
import { describeStudy } from '../describe-study.ts';
import { describeSummary, type Listening, runAndReport } from '../run-and-report.ts';
import { loadRecurrentRecipe, runRecurrent } from '../run-recurrent.ts';

type TrainOptions = CommonOptions & { readonly out?: string; readonly set: string[] };

export function addTrain(program: Command, exit: (code: number) => void): void {
  const train = program
    .command('train')
    .description('run a recipe')
    .argument('<recipe>', 'name of a shipped recipe, or a .json or .js file')
    .option('--set <key=value...>', 'change a setting of the recipe', [])
    .option('--out <dir>', 'folder to write (default: runs/NAME-NNN)')
    .addHelpText(
      'after',
      `
Examples:
  primordia train nca-tiny
  primordia train smt-retrieval        a recurrent network that is never unrolled
  primordia train text-scratch --set text.steps=1000 seed=3 --out runs/scratch
  primordia train my-recipe.js`,
    );
  addCommonOptions(train).action(async (name: string, options: TrainOptions) => {
    const recurrent = await loadRecurrentRecipe(name, options.set);
    if (recurrent) {
      const directory = options.out ?? nextRunDirectory('runs', recurrent.name);
      const start = (how: RecurrentOptions) => startRecurrent(recurrent, how);
      exit(await runRecurrent(directory, options, start));
      return;
    }
    const recipe = await loadRecipe(name, options.set);
    const directory = options.out ?? nextRunDirectory('runs', recipe.name);
    exit(
      await runAndReport(
        directory,
        options,
        (listening) => startRun(recipe, { directory, ...listening }),
        describeSummary,
      ),
    );
  });
}

export function addResume(program: Command, exit: (code: number) => void): void {
  const resume = program
    .command('resume')
    .description('go on with a run or study that was stopped or killed, to the same bits')
    .argument('<dir>', 'folder of the run or study')
    .addHelpText('after', '\nExample:\n  primordia resume runs/nca-tiny-001');
  addCommonOptions(resume).action(async (directory: string, options: CommonOptions) => {
    if (isRecurrentStudyFolder(directory)) {
      const resume = (listening: Listening) => resumeRecurrentStudy({ directory, ...listening });
      exit(await runAndReport(directory, options, resume, describeRecurrentStudy));
      return;
    }
    if (isStudyFolder(directory)) {
      const resume = (listening: Listening) => resumeStudy({ directory, ...listening });
      exit(await runAndReport(directory, options, resume, describeStudy));
      return;
    }
    if (isRecurrentFolder(directory)) {
      exit(await runRecurrent(directory, options, resumeRecurrent));
      return;
    }
    const resume = isComparison(directory) ? resumeComparison : resumeRun;
    exit(
      await runAndReport(
        directory,
        options,
        (listening) => resume({ directory, ...listening }),
        describeSummary,
      ),
    );
  });
}
