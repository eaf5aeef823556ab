// `primordia resume`: resumes a run or study that was stopped.

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { UserError } from '../../core/index.ts';
import { loadRunKinds } from '../../plugins/index.ts';
import type { JoinedGroup } from '../../processes/index.ts';
import { readKind, runPaths } from '../../run/index.ts';
import { readRecipe, resumeTraining } from '../../training/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { TELL_TRAINING } from '../describe-training.ts';
import { addDeviceOption, type DeviceOptions } from '../device-option.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';
import { runAndReport } from '../run-and-report.ts';
import { shareRun } from '../share-run.ts';

type Options = CommonOptions & DeviceOptions & PluginOptions;

export function addResume(program: Command, exit: (code: number) => void): void {
  const resume = program
    .command('resume')
    .description('resume a run or study that was stopped or killed; it ends with the same bits')
    .argument('<dir>', 'folder of the run or study')
    .addHelpText(
      'after',
      `
Examples:
  primordia resume runs/nca-tiny-001
  primordia resume runs/smt-vs-bptt
  primordia drq resume runs/race       an arms race has a command of its own`,
    );
  addDeviceOption(resume, 'that of the run');
  addPluginOption(resume);
  addCommonOptions(resume).action(async (directory: string, options: Options) => {
    exit(await resumeFolder(directory, options));
  });
}

/** The exit code. */
async function resumeFolder(directory: string, options: Options): Promise<number> {
  const kinds = await loadRunKinds(directory, options.plugin);
  const { registries } = kinds;
  const { device } = options;
  switch (readKind(directory)) {
    case 'training': {
      const resume = (processes: JoinedGroup | null) =>
        runAndReport(
          directory,
          { ...options, registries },
          (listening) =>
            resumeTraining({
              directory,
              registries,
              processes,
              ...(device === undefined ? {} : { device }),
              ...listening,
            }),
          TELL_TRAINING,
        );
      const paths = runPaths(directory);
      // Without a recipe there is no run, and a finished one computes nothing: both are for what resumes to say.
      if (!existsSync(paths.recipe) || existsSync(paths.summary)) return resume(null);
      const recipe = readRecipe(paths, registries);
      const engine = { ...recipe.engine, ...(device === undefined ? {} : { device }) };
      return shareRun(recipe, engine, resume);
    }
    case 'study': {
      refuseDevice(directory, options);
      const { executorOfFolder, readStudy } = await import('../../study/index.ts');
      const { runStudyCommand } = await import('../study/run-study-command.ts');
      const executor = executorOfFolder(directory);
      return runStudyCommand(readStudy(directory), kinds, directory, { ...options, executor });
    }
    case 'redqueen':
      throw new UserError(`${directory} holds an arms race`, {
        hint: `primordia drq resume ${directory}`,
      });
    default:
      throw new UserError(`${directory} does not hold a run to resume`, {
        hint: 'check the path; if the run was killed while it started, start it again with its own command',
      });
  }
}

/** Jobs of a study are compared with one another, so all of them compute on one device. */
function refuseDevice(directory: string, { device }: DeviceOptions): void {
  if (device === undefined) return;
  throw new UserError(`--device has no effect on a study that has begun: ${directory}`, {
    hint: 'resume it without --device, or begin it anew in another folder: primordia study … --device NAME --out DIR',
  });
}
