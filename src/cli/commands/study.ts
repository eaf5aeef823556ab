// `primordia study`: cells of any axes by seeds, in pairs, and `primordia study job`, one of its runs.

import { type Command, Option } from 'commander';
import {
  loadRecipeKinds,
  loadRunKinds,
  pluginSettings,
  requireRunPlugins,
} from '../../plugins/index.ts';
import { nextRunDirectory } from '../../run/index.ts';
import { EXECUTORS, type ExecutorName, loadStudy } from '../../study/index.ts';

import { addCommonOptions, type CommonOptions, parsePositiveInteger } from '../common-options.ts';
import { addDeviceOption, type DeviceOptions, deviceSettings } from '../device-option.ts';
import { addGateOption, type GateOptions, gateSettings } from '../gate-options.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';
import { parseSeeds } from '../study/parse-seeds.ts';
import { runStudyCommand, runStudyJobCommand } from '../study/run-study-command.ts';
import { TERMS_NOTE } from '../terms-note.ts';

type StudyFlags = CommonOptions &
  DeviceOptions &
  GateOptions &
  PluginOptions & {
    readonly out?: string;
    readonly set: string[];
    readonly seeds?: number[];
    readonly workers?: number;
    readonly executor: ExecutorName;
  };

type JobFlags = CommonOptions & PluginOptions & { readonly threads?: number };

export function addStudy(program: Command, exit: (code: number) => void): void {
  const study = program
    .command('study')
    // The subcommand has its own options with the same names.
    .enablePositionalOptions()
    .description('run all combinations of models, data, algorithms and seeds, and compare them')
    .argument('<recipe>', 'name of a shipped study, or a .json or .js file')
    .option('--out <dir>', 'folder to write, or to resume (default: runs/NAME-NNN)')
    .option('--set <key=value...>', 'change a setting of the study', [])
    .option('--seeds <list>', 'seeds in place of the recipe’s: 0,1,2 or 0-4', parseSeeds)
    .option(
      '--workers <n>',
      'jobs at a time; on Slurm, per array (default: one per processor; on Slurm, no limit)',
      parsePositiveInteger,
    )
    .addOption(
      new Option('--executor <kind>', 'where jobs run').choices(EXECUTORS).default(EXECUTORS[0]),
    )
    .addHelpText(
      'after',
      `
${TERMS_NOTE}

Examples:
  primordia study nca-controls --out runs/controls
  primordia study nca-controls --out runs/controls --seeds 0-9    more seeds for the same study
  primordia study my-study.js --set base.stages.text.steps=1000
  primordia study my-study.js --executor slurm                    jobs on a cluster
  primordia study job runs/controls cells/nca/seed-0              one job, on any machine that sees the folder
  primordia resume runs/controls                                  resume where it stopped`,
    );
  addDeviceOption(study);
  addGateOption(study, 'cells whose source has learned less are left out of means');
  addPluginOption(study);
  addCommonOptions(study).action(async (name: string, flags: StudyFlags) => {
    const seeds = flags.seeds ? [`seeds=${JSON.stringify(flags.seeds)}`] : [];
    const settings = [
      ...flags.set,
      ...seeds,
      ...gateSettings(flags),
      ...deviceSettings(flags, 'base.engine.device'),
      ...pluginSettings(flags.plugin),
    ];
    const kinds = await loadRecipeKinds(name, settings);
    const recipe = await loadStudy(name, settings);
    const directory = flags.out ?? nextRunDirectory('runs', recipe.name);
    requireRunPlugins(directory, kinds.records);
    exit(await runStudyCommand(recipe, kinds, directory, flags));
  });
  const job = study
    .command('job')
    .description('run one job of a study that has begun; its result stays in the study’s folder')
    .argument('<dir>', 'folder of the study')
    .argument('<id>', 'the job, as in plan.json: cells/nca/seed-0')
    .option('--threads <n>', 'threads of one operation', parsePositiveInteger);
  addPluginOption(job);
  addCommonOptions(job).action(async (directory: string, id: string, flags: JobFlags) => {
    exit(
      await runStudyJobCommand(directory, id, await loadRunKinds(directory, flags.plugin), flags),
    );
  });
}
