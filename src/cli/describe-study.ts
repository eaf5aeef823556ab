// A study's result as a table for the terminal.

import type { Estimate, StudyArm, StudySummary } from '../run/index.ts';
import { formatSeconds, formatTable } from './output.ts';

/** A table a corpus, and a sentence on how to read it. */
export function describeStudy(summary: StudySummary, report: string): string {
  const { baseline, corpora, seeds, seconds } = summary;
  const lines = corpora.flatMap(({ name, arms }) => [
    '',
    `${name}: ${seeds.length} paired seeds, final held-out loss in nats a token`,
    '',
    formatTable([
      ['arm', 'gate', 'loss', `to ${baseline}`, '95 % interval', 'speed-up', 'with source'],
      ...arms.map((arm) => describeArm(arm)),
    ]),
  ]);
  return [
    ...lines,
    '',
    'A difference whose interval holds 0 is not shown by these seeds. An arm whose gate failed has not learnt its',
    'source world: its numbers say nothing about transfer, and no mean is given.',
    '',
    `report   ${report}`,
    `time     ${formatSeconds(seconds)} of runs`,
  ].join('\n');
}

function describeArm({ name, gate, loss, difference, speedUp, speedUpWithSource }: StudyArm) {
  const failed = gate === 'failed';
  const times = (estimate: Estimate | null) =>
    failed || !estimate ? '–' : `${estimate.mean.toFixed(2)}×`;
  return [
    name,
    gate === 'none' ? '–' : failed ? 'FAILED' : gate,
    loss?.toFixed(4) ?? '–',
    failed || !difference ? '–' : signed(difference.mean),
    failed || !difference?.interval ? '–' : difference.interval.map(signed).join(' to '),
    times(speedUp),
    times(speedUpWithSource),
  ];
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(4)}`;
}
