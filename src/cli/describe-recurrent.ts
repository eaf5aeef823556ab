// The result of a run of a recurrent network as a table for the terminal.

import type { RecurrentSummary } from '../recurrent/index.ts';
import { formatSeconds, formatTable } from './output.ts';

const NAMES = { smt: 'SMT', dmt: 'DMT', bptt: 'BPTT' } as const;

/** The stages of a run as a table, and the network on its own beside what counting gives. */
export function describeRecurrent(summary: RecurrentSummary, report: string): string {
  const number = (value: number | null | undefined, digits = 3) => value?.toFixed(digits) ?? '–';
  const percent = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : `${(100 * value).toFixed(1)} %`;
  const rows = summary.stages.map(({ stage, steps, depth, stepMs, measures }) => [
    NAMES[stage],
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

  function describeRollout({ rollout, baselines, seconds }: RecurrentSummary): string[] {
    const time = `time     ${formatSeconds(seconds)}`;
    if (!rollout || !baselines) return [time];
    return [
      `alone    ${rollout.sequences} rollouts of ${rollout.length} tokens: ` +
        `loss ${number(rollout.loss)}, accuracy ${percent(rollout.accuracy)}`,
      `counting unigram loss ${number(baselines.unigramLoss)}, bigram loss ${number(baselines.bigramLoss)}, ` +
        `accuracy ${percent(Math.max(baselines.unigramAccuracy, baselines.bigramAccuracy ?? 0))}`,
      time,
    ];
  }
}
