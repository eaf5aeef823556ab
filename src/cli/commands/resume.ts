// `primordia resume`: goes on with a run or study of any kind of training.

import type { Command } from 'commander';
import {
  isRecurrentFolder,
  isRecurrentStudyFolder,
  resumeRecurrent,
  resumeRecurrentStudy,
} from '../../recurrent/index.ts';
import {
  isComparison,
  isStudyFolder,
  resumeComparison,
  resumeRun,
  resumeStudy,
} from '../../run/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { TELL_RECURRENT } from '../describe-recurrent.ts';
import { TELL_RECURRENT_STUDY } from '../describe-recurrent-study.ts';
import { TELL_STUDY } from '../describe-study.ts';
import { type Listening, runAndReport, TELL_RUN } from '../run-and-report.ts';

export function addResume(program: Command, exit: (code: number) => void): void {
  const resume = program
    .command('resume')
    .description('go on with a run or study that was stopped or killed, to the same bits')
    .argument('<dir>', 'folder of the run or study')
    .addHelpText(
      'after',
      `
Examples:
  primordia resume runs/nca-tiny-001
  primordia resume runs/smt-vs-bptt
  primordia drq resume runs/race       an arms race has a command of its own`,
    );
  addCommonOptions(resume).action(async (directory: string, options: CommonOptions) => {
    exit(await resumeFolder(directory, options));
  });
}

/** The exit code. */
function resumeFolder(directory: string, options: CommonOptions): Promise<number> {
  const at = (listening: Listening) => ({ directory, ...listening });
  if (isRecurrentStudyFolder(directory)) {
    const resume = (listening: Listening) => resumeRecurrentStudy(at(listening));
    return runAndReport(directory, options, resume, TELL_RECURRENT_STUDY);
  }
  if (isStudyFolder(directory)) {
    const resume = (listening: Listening) => resumeStudy(at(listening));
    return runAndReport(directory, options, resume, TELL_STUDY);
  }
  if (isRecurrentFolder(directory)) {
    const resume = (listening: Listening) => resumeRecurrent(at(listening));
    return runAndReport(directory, options, resume, TELL_RECURRENT);
  }
  const resume = isComparison(directory) ? resumeComparison : resumeRun;
  return runAndReport(directory, options, (listening) => resume(at(listening)), TELL_RUN);
}
