// `primordia study`: arms and seeds, paired, with intervals.

import { type Command, InvalidArgumentError } from 'commander';
import { loadRecurrentStudy, runRecurrentStudy } from '../../recurrent/index.ts';
import { loadStudy, nextRunDirectory, runStudy } from '../../run/index.ts';
import { addCommonOptions, type CommonOptions, parsePositiveInteger } from '../common-options.ts';
import { TELL_RECURRENT_STUDY } from '../describe-recurrent-study.ts';
import { TELL_STUDY } from '../describe-study.ts';
import { addGateOption, type GateOptions, gateSettings } from '../gate-options.ts';
import { type Listening, runAndReport } from '../run-and-report.ts';

type Options = CommonOptions &
  GateOptions & {
    readonly out?: string;
    readonly set: string[];
    readonly seeds?: number[];
    readonly workers?: number;
  };

export function addStudy(program: Command, exit: (code: number) => void): void {
  const study = program
    .command('study')
    .description('run arms, or algorithms, by seeds in pairs, and compare them with 95 % intervals')
    .argument('<recipe>', 'name of a shipped study, or a .json or .js file')
    .option('--out <dir>', 'folder to write, or to go on with (default: runs/NAME-NNN)')
    .option('--set <key=value...>', 'change a setting of the study', [])
    .option('--seeds <list>', 'seeds in place of the recipe’s: 0,1,2 or 0-4', parseSeeds)
    .option('--workers <n>', 'runs at a time (default: one per processor)', parsePositiveInteger)
    .addHelpText(
      'after',
      `
Examples:
  primordia study nca-controls --out runs/controls
  primordia study nca-controls --out runs/controls --seeds 0-9    more seeds for the same study
  primordia study smt-vs-bptt --out runs/smt-vs-bptt              recurrent networks, with and without unrolling
  primordia study my-study.js --set base.text.steps=1000
  primordia resume runs/controls                                  go on where it stopped`,
    );
  addGateOption(study, 'arms of one that has not are left out of means');
  addCommonOptions(study).action(async (name: string, options: Options) => {
    const seeds = options.seeds ? [`seeds=${JSON.stringify(options.seeds)}`] : [];
    const settings = [...options.set, ...seeds, ...gateSettings(options, 'base.requireGate')];
    const { workers } = options;
    const recurrent = await loadRecurrentStudy(name, settings);
    if (recurrent) {
      const directory = options.out ?? nextRunDirectory('runs', recurrent.name);
      const run = (listening: Listening) =>
        runRecurrentStudy(recurrent, { directory, ...(workers ? { workers } : {}), ...listening });
      exit(await runAndReport(directory, options, run, TELL_RECURRENT_STUDY));
      return;
    }
    const recipe = await loadStudy(name, settings);
    const directory = options.out ?? nextRunDirectory('runs', recipe.name);
    exit(
      await runAndReport(
        directory,
        options,
        (listening) =>
          runStudy(recipe, { directory, ...(workers ? { workers } : {}), ...listening }),
        TELL_STUDY,
      ),
    );
  });
}

/** `0,1,2` or `0-4`, or both mixed. */
export function parseSeeds(value: string): number[] {
  const seeds = value.split(',').flatMap((part) => {
    const range = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? range?.[1]);
    if (!range || last < first || last - first >= 10_000) {
      throw new InvalidArgumentError('seeds are whole numbers: 0,1,2 or 0-4.');
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return [...new Set(seeds)];
}
