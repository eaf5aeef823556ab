// `primordia train`: one run of a recipe.

import type { Command } from 'commander';
import { loadRecurrentRecipe, startRecurrent } from '../../recurrent/index.ts';
import { loadRecipe, nextRunDirectory, startRun } from '../../run/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { TELL_RECURRENT } from '../describe-recurrent.ts';
import { addGateOption, type GateOptions, gateSettings } from '../gate-options.ts';
import { type Listening, runAndReport, TELL_RUN } from '../run-and-report.ts';

type TrainOptions = CommonOptions & GateOptions & { readonly out?: string; readonly set: string[] };

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
  addGateOption(train, 'else the text stage does not begin');
  addCommonOptions(train).action(async (name: string, options: TrainOptions) => {
    const settings = [...options.set, ...gateSettings(options)];
    const recurrent = await loadRecurrentRecipe(name, settings);
    if (recurrent) {
      const directory = options.out ?? nextRunDirectory('runs', recurrent.name);
      const start = (listening: Listening) =>
        startRecurrent(recurrent, { directory, ...listening });
      exit(await runAndReport(directory, options, start, TELL_RECURRENT));
      return;
    }
    const recipe = await loadRecipe(name, settings);
    const directory = options.out ?? nextRunDirectory('runs', recipe.name);
    exit(
      await runAndReport(
        directory,
        options,
        (listening) => startRun(recipe, { directory, ...listening }),
        TELL_RUN,
      ),
    );
  });
}
