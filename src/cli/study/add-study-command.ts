// `primordia study`: cells of any axes by seeds, in pairs, and `primordia study job`, one of its runs.

import { type Command, Option } from 'commander';
import { nextRunDirectory } from '../../run/index.ts';
import {
  EXECUTORS,
  type ExecutorName,
  loadStudy,
  readStudy,
  type StagedExperiment,
  type Study,
} from '../../study/index.ts';
import { parseSeeds } from '../commands/study.ts';
import { addCommonOptions, type CommonOptions, parsePositiveInteger } from '../common-options.ts';
import { addGateOption, type GateOptions, gateSettings } from '../gate-options.ts';
import { runStudyCommand, runStudyJobCommand } from './run-study-command.ts';

type StudyFlags = CommonOptions &
  GateOptions & {
    readonly out?: string;
    readonly set: string[];
    readonly seeds?: number[];
    readonly workers?: number;
    readonly executor: ExecutorName;
  };

type JobFlags = CommonOptions & { readonly threads?: number };

/** @param loadExperiment gives the kind of run that a study is of, with the plug-ins that its recipes name */
export function addStudyCommand(
  program: Command,
  exit: (code: number) => void,
  loadExperiment: (study: Study) => Promise<StagedExperiment>,
): void {
  const study = program
    .command('study')
    // Its subcommand has options of the same names, which are its own.
    .enablePositionalOptions()
    .description('run combinations of models, data and algorithms by seeds, and compare them')
    .argument('<recipe>', 'name of a shipped study, or a .json or .js file')
    .option('--out <dir>', 'folder to write, or to go on with (default: runs/NAME-NNN)')
    .option('--set <key=value...>', 'change a setting of the study', [])
    .option('--seeds <list>', 'seeds in place of the recipe’s: 0,1,2 or 0-4', parseSeeds)
    .option('--workers <n>', 'jobs at a time (default: one per processor)', parsePositiveInteger)
    .addOption(
      new Option('--executor <kind>', 'where jobs run').choices(EXECUTORS).default(EXECUTORS[0]),
    )
    .addHelpText(
      'after',
      `
Examples:
  primordia study nca-controls --out runs/controls
  primordia study nca-controls --out runs/controls --seeds 0-9    more seeds for the same study
  primordia study my-study.js --set base.stages.text.steps=1000
  primordia study my-study.js --executor slurm                    jobs on a cluster
  primordia study job runs/controls cells/nca/seed-0              one job, on any machine that sees the folder
  primordia resume runs/controls                                  go on where it stopped`,
    );
  addGateOption(study, 'cells of one that has not are left out of means');
  addCommonOptions(study).action(async (name: string, flags: StudyFlags) => {
    const seeds = flags.seeds ? [`seeds=${JSON.stringify(flags.seeds)}`] : [];
    const recipe = await loadStudy(name, [...flags.set, ...seeds, ...gateSettings(flags)]);
    const directory = flags.out ?? nextRunDirectory('runs', recipe.name);
    exit(await runStudyCommand(recipe, await loadExperiment(recipe), directory, flags));
  });
  const job = study
    .command('job')
    .description('run one job of a study that has begun; its result stays in the study’s folder')
    .argument('<dir>', 'folder of the study')
    .argument('<id>', 'the job, as in plan.json: cells/nca/seed-0')
    .option('--threads <n>', 'threads of one operation', parsePositiveInteger);
  addCommonOptions(job).action(async (directory: string, id: string, flags: JobFlags) => {
    const experiment = await loadExperiment(readStudy(directory));
    exit(await runStudyJobCommand(directory, id, experiment, flags));
  });
}
