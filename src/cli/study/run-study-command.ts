// The frame of `primordia study` and of its jobs: progress, signals, the tables at the end.

import type { LoadedPlugins } from '../../plugins/index.ts';
import {
  type ExecutorName,
  executorOf,
  runStudy,
  runStudyJob,
  type Study,
} from '../../study/index.ts';
import { createTraining, type Registries } from '../../training/index.ts';
import { withInterrupt } from '../interrupt.ts';
import { createOutput } from '../output.ts';
import { createTrainingListener } from '../progress/training-progress.ts';
import { runAndReport } from '../run-and-report.ts';
import { describeArms, describeSources } from './describe-arms.ts';
import { describeStudy } from './describe-study.ts';

type StudyFlags = {
  readonly json?: boolean;
  readonly workers?: number;
  readonly executor?: ExecutorName;
};

/**
 * Runs a study, or resumes it, to the end or until a signal such as Ctrl-C.
 *
 * @returns the exit code: 0, or 128 plus the signal's number
 */
export async function runStudyCommand(
  study: Study,
  { registries, records }: LoadedPlugins<Registries>,
  directory: string,
  flags: StudyFlags,
): Promise<number> {
  const { executor = 'child-processes', workers, json } = flags;
  return runAndReport(
    directory,
    { registries, ...(json === undefined ? {} : { json }) },
    (listening) =>
      runStudy(study, createTraining(registries, records), {
        ...listening,
        plugins: records,
        directory,
        createExecutor: executorOf(executor, study),
        ...(workers === undefined ? {} : { workers }),
      }),
    {
      async describe(summary, report) {
        const { collectStudyReport } = await import('../../report/index.ts');
        const found = collectStudyReport(directory, registries);
        const arms = describeArms(found);
        return [
          ['', ...describeSources(found)].join('\n').trimEnd(),
          describeStudy(summary),
          ...(arms === null ? [] : ['', arms, '']),
          `report   ${report}`,
        ].join('\n');
      },
      next({ cells }) {
        const isText = cells.some(({ bitsPerByte }) => bitsPerByte !== null);
        return isText ? ['continueText', 'evaluate', 'moreSeeds'] : ['moreSeeds'];
      },
    },
  );
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
