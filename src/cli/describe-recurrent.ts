// The result of a run of a recurrent network as a table for the terminal.

import { plural } from '../core/index.ts';
import { type RecurrentSummary, STAGE_NAMES } from '../recurrent/index.ts';
import { formatSeconds } from './format-seconds.ts';
import { formatTable } from './output.ts';
import type { Telling } from './run-and-report.ts';

export const TELL_RECURRENT: Telling<RecurrentSummary> = {
  describe: describeRecurrent,
  next: () => ['sample'],
};

/** The stages of a run as a table, and the network on its own beside what counting gives. */
function describeRecurrent(summary: RecurrentSummary, report: string): string {
  const rows = summary.stages.map(({ stage, steps, depth, stepMs, measures }) => [
    STAGE_NAMES[stage],
    String(steps),
    number(stepMs, 1),
    String(depth),
    percent(measures.teacherAccuracy),
    percent(measures.oneStepAccuracy),
    percent(measures.rolledOutAccuracy),
    number(measures.rolledOutLoss),
  ]);
  const head = ['stage', 'steps', 'ms/step', 'depth', 'teacher', 'one step', 'alone', 'loss'];
  return [
    '',
    formatTable([head, ...rows]),
    '',
    ...describeRollout(summary),
    `report   ${report}`,
  ].join('\n');
}

function describeRollout({ rollout, baselines, seconds }: RecurrentSummary): string[] {
  const time = `time     ${formatSeconds(seconds)}`;
  if (!rollout || !baselines) return [time];
  return [
    `alone    ${plural(rollout.sequences, 'rollout')} of ${plural(rollout.length, 'token')}: ` +
      `loss ${number(rollout.loss)}, accuracy ${percent(rollout.accuracy)}`,
    `counting unigram loss ${number(baselines.unigramLoss)}, bigram loss ${number(baselines.bigramLoss)}, ` +
      `accuracy ${percent(Math.max(baselines.unigramAccuracy, baselines.bigramAccuracy ?? 0))}`,
    time,
  ];
}

function number(value: number | null | undefined, digits = 3): string {
  return value?.toFixed(digits) ?? '–';
}

function percent(value: number | null | undefined): string {
  return value == null ? '–' : `${(100 * value).toFixed(1)} %`;
}
