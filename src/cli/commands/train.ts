// `primordia train`: one run of a recipe.

import type { Command } from 'commander';
import { loadRecurrentRecipe, startRecurrent } from '../../recurrent/index.ts';
import { loadRecipe, nextRunDirectory, startRun } from '../../run/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { describeRecurrent } from '../describe-recurrent.ts';
import { describeSummary, type Listening, runAndReport } from '../run-and-report.ts';

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
  primordia train smt-tiny             a recurrent network that is never unrolled
  primordia train bptt-tiny            the same network, unrolled
  primordia train text-scratch --set text.steps=1000 seed=3 --out runs/scratch
  primordia train my-recipe.js`,
    );
  addCommonOptions(train).action(async (name: string, options: TrainOptions) => {
    const recurrent = await loadRecurrentRecipe(name, options.set);
    if (recurrent) {
      const directory = options.out ?? nextRunDirectory('runs', recurrent.name);
      const start = (listening: Listening) =>
        startRecurrent(recurrent, { directory, ...listening });
      exit(await runAndReport(directory, options, start, describeRecurrent));
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
