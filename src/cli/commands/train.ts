// `primordia train`: one run of a recipe.

import type { Command } from 'commander';
import { loadRecipeKinds, pluginSettings } from '../../plugins/index.ts';
import { nextRunDirectory } from '../../run/index.ts';
import { loadTraining, startTraining } from '../../training/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { TELL_TRAINING } from '../describe-training.ts';
import { addDeviceOption, type DeviceOptions, deviceSettings } from '../device-option.ts';
import { addGateOption, type GateOptions, gateSettings } from '../gate-options.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';
import { runAndReport } from '../run-and-report.ts';
import { shareRun } from '../share-run.ts';
import { TERMS_NOTE } from '../terms-note.ts';

type TrainOptions = CommonOptions &
  DeviceOptions &
  GateOptions &
  PluginOptions & { readonly out?: string; readonly set: string[] };

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
${TERMS_NOTE}

Examples:
  primordia train nca-tiny
  primordia train smt-tiny             a recurrent network that is never unrolled
  primordia train bptt-tiny            the same network, unrolled
  primordia train text-scratch --set stages.text.steps=1000 seed=3 --out runs/scratch
  primordia train nca-text --require-gate statistics
  primordia train my-recipe.js`,
    );
  addDeviceOption(train);
  addGateOption(train, 'otherwise the stage that starts from it is not trained');
  addPluginOption(train);
  addCommonOptions(train).action(async (name: string, options: TrainOptions) => {
    const settings = [
      ...options.set,
      ...pluginSettings(options.plugin),
      ...gateSettings(options),
      ...deviceSettings(options),
    ];
    const { registries, records } = await loadRecipeKinds(name, settings);
    const recipe = await loadTraining(name, settings, registries);
    exit(
      await shareRun(recipe, recipe.engine, (processes) => {
        const directory = options.out ?? nextRunDirectory('runs', recipe.name);
        return runAndReport(
          directory,
          { ...options, registries },
          (listening) =>
            startTraining(recipe, {
              directory,
              registries,
              plugins: records,
              processes,
              ...listening,
            }),
          TELL_TRAINING,
        );
      }),
    );
  });
}
