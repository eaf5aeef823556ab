// What `primordia study` does around a study, and around one of its jobs: progress, signals, the tables at the end.

import type { LoadedPlugins } from '../../plugins/index.ts';
import { RunStopped } from '../../run/index.ts';
import {
  type ExecutorName,
  executorOf,
  runStudy,
  runStudyJob,
  type Study,
} from '../../study/index.ts';
import { createTraining, type Registries } from '../../training/index.ts';
import { withInterrupt } from '../interrupt.ts';
import { describeNext } from '../next-commands.ts';
import { createOutput } from '../output.ts';
import { createTrainingListener } from '../progress/training-progress.ts';
import { describeArms, describeSources } from './describe-arms.ts';
import { describeStudy } from './describe-study.ts';

type StudyFlags = {
  readonly json?: boolean;
  readonly workers?: number;
  readonly executor?: ExecutorName;
};

/**
 * Runs a study, or goes on with it, to the end or until a signal such as Ctrl-C.
 *
 * @returns the exit code: 0, or 128 plus the signal's number
 */
export async function runStudyCommand(
  study: Study,
  { registries, records }: LoadedPlugins<Registries>,
  directory: string,
  flags: StudyFlags,
): Promise<number> {
  const output = createOutput(flags);
  output.say(`writing to ${directory}`);
  const { executor = 'child-processes', workers } = flags;
  let exitCode = 0;
  try {
    const summary = await withInterrupt(
      (interruption) => {
        exitCode = interruption.exitCode;
        output.say('stopping after this step; once more ends at once');
      },
      (signal) =>
        runStudy(study, createTraining(registries, records), {
          plugins: records,
          directory,
          signal,
          listener: createTrainingListener(output),
          createExecutor: executorOf(executor, study),
          ...(workers === undefined ? {} : { workers }),
        }),
    );
    // Charts take as long to load as the rest: not before there is something to show.
    const { collectStudyReport, writeReport } = await import('../../report/index.ts');
    const report = writeReport(directory, registries);
    const found = collectStudyReport(directory, registries);
    const arms = describeArms(found);
    const isText = summary.cells.some(({ bitsPerByte }) => bitsPerByte !== null);
    const next = isText ? (['continueText', 'evaluate'] as const) : [];
    const text = [
      ['', ...describeSources(found)].join('\n').trimEnd(),
      describeStudy(summary),
      ...(arms === null ? [] : ['', arms, '']),
      `report   ${report}`,
      describeNext(directory, [...next, 'moreSeeds']),
    ];
    output.result({ ...summary, directory, report }, text.join('\n'));
    return 0;
  } catch (error) {
    if (!(error instanceof RunStopped)) throw error;
    const commands = describeNext(directory, ['resume', 'report']);
    output.result({ stopped: true, directory }, `saved\n${commands}`);
    return exitCode;
  } finally {
    output.clear();
  }
}

type JobFlags = { readonly json?: boolean; readonly threads?: number };

/** Runs one job of a study. Returns the exit code, as `runStudyCommand`. */
export async function runStudyJobCommand(
  directory: string,
  id: string,
  { registries, records }: LoadedPlugins<Registries>,
  flags: JobFlags,
): Promise<number> {
  const output = createOutput(flags);
  let exitCode = 0;
  const { threads } = flags;
  const end = await withInterrupt(
    (interruption) => {
      exitCode = interruption.exitCode;
    },
    (signal) =>
      runStudyJob(createTraining(registries, records), directory, id, {
        signal,
        listener: createTrainingListener(output),
        ...(threads === undefined ? {} : { threads }),
      }),
  );
  output.result({ job: id, end }, `${id} ${end}`);
  return end === 'stopped' ? exitCode : 0;
}
