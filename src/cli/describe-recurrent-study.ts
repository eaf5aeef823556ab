// The result of a study of recurrent networks as tables for the terminal.

import { plural } from '../core/index.ts';
import type { RecurrentStudySummary, SeedEstimate, StudyCell } from '../recurrent/index.ts';
import { formatSeconds } from './format-seconds.ts';
import { formatTable } from './output.ts';
import type { Telling } from './run-and-report.ts';

export const TELL_RECURRENT_STUDY: Telling<RecurrentStudySummary> = {
  describe: describeRecurrentStudy,
  next: () => ['moreSeeds'],
};

/** A table of accuracies a task, lengths downwards, and how to read it. */
function describeRecurrentStudy(summary: RecurrentStudySummary, report: string): string {
  const tasks = [...new Set(summary.cells.map(({ task }) => task))];
  const { seeds, baseline, seconds } = summary;
  const lines = tasks.flatMap((task) => [
    '',
    `${task}: share of targets that are right, mean of ${plural(seeds.length, 'seed')} ± 95 %`,
    '',
    formatTable([
      [
        'length',
        'algorithm',
        'alone',
        'before DMT',
        'teacher',
        'chance',
        `to ${baseline}`,
        'adj. p',
      ],
      ...summary.cells.filter((cell) => cell.task === task).map(describeCell),
    ]),
  ]);
  return [
    ...lines,
    '',
    'alone: the finished network rolled out on its own, from its own initial state.',
    'A difference smaller than its ± is not shown by these seeds; adj. p: paired t-test, Holm.',
    '',
    `report   ${report}`,
    `time     ${formatSeconds(seconds)} of runs`,
  ].join('\n');
}

function describeCell(cell: StudyCell): string[] {
  const p = cell.difference?.adjustedP;
  return [
    String(cell.length),
    cell.algorithm,
    percent(cell.alone),
    percent(cell.beforeDmt),
    percent(cell.teacher),
    cell.chance === null ? '–' : `${(100 * cell.chance).toFixed(1)} %`,
    percent(cell.difference, true),
    p == null ? '–' : p < 0.001 ? '<0.001' : p.toFixed(3),
  ];
}

function percent(estimate: SeedEstimate | null, signed = false): string {
  if (!estimate) return '–';
  const { mean, interval } = estimate;
  const half = interval ? ` ± ${(50 * (interval[1] - interval[0])).toFixed(1)}` : '';
  return `${signed && mean > 0 ? '+' : ''}${(100 * mean).toFixed(1)}${half}`;
}
