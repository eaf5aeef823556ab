// A study's result as tables for the terminal.

import { plural } from '../core/index.ts';
import type { Difference, Estimate, StudyArm, StudyContrast, StudySummary } from '../run/index.ts';
import { formatSeconds } from './format-seconds.ts';
import { formatTable } from './output.ts';
import type { Telling } from './run-and-report.ts';

export const TELL_STUDY: Telling<StudySummary> = {
  describe: describeStudy,
  next: () => ['moreSeeds'],
};

/** Tables of a corpus each, and sentences on how to read them; at most 80 columns with names of up to 14 letters. */
export function describeStudy(summary: StudySummary, report: string): string {
  const { baseline, corpora, seeds, seconds } = summary;
  const lines = corpora.flatMap(({ name, arms }) => [
    '',
    `${name}: ${plural(seeds.length, 'paired seed')}, final held-out loss in nats per token`,
    '',
    formatTable([
      ['arm', 'gate', 'loss', `to ${baseline} ± 95 %`, 'adj. p', 'speed-up', '+source'],
      ...arms.map((arm) => describeArm(arm)),
    ]),
    ...describeContrasts(summary.contrasts.filter(({ corpus }) => corpus === name)),
  ]);
  const end = [`report   ${report}`, `time     ${formatSeconds(seconds)} of runs`];
  return [...lines, '', ...explain(summary), '', ...end].join('\n');
}

function describeArm({
  name,
  gate,
  excluded,
  loss,
  difference,
  speedUp,
  speedUpWithSource,
}: StudyArm): string[] {
  return [
    name,
    excluded ? 'OUT' : gate === 'none' ? '–' : gate,
    loss?.toFixed(4) ?? '–',
    ...describeDifference(difference),
    describeTimes(speedUp),
    describeTimes(speedUpWithSource),
  ];
}

function describeContrasts(contrasts: readonly StudyContrast[]): string[] {
  if (contrasts.length === 0) return [];
  const rows = contrasts.map(({ arm, against, difference }) => [
    `${arm} minus ${against}`,
    ...describeDifference(difference),
  ]);
  return ['', formatTable([['contrast', 'difference ± 95 %', 'adj. p'], ...rows])];
}

/** Mean with half the width of its interval, which lies even around it; and the adjusted p value. */
function describeDifference(difference: Difference | null): [string, string] {
  if (difference === null) return ['–', '–'];
  const { mean, interval, adjustedP } = difference;
  const half = interval === null ? '' : ` ± ${((interval[1] - interval[0]) / 2).toFixed(4)}`;
  return [`${mean > 0 ? '+' : ''}${mean.toFixed(4)}${half}`, describeP(adjustedP)];
}

function describeP(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '<0.001' : p.toFixed(3);
}

function describeTimes(estimate: Estimate | null): string {
  return estimate === null ? '–' : `${estimate.mean.toFixed(2)}×`;
}

function explain({ comparisons, corpora }: StudySummary): string[] {
  const arms = corpora.flatMap((corpus) => corpus.arms);
  const lines = [
    'A difference smaller than its ± is not shown by these seeds.',
    `adj. p: paired t-test, adjusted by Holm for ${countComparisons(comparisons)}.`,
  ];
  if (arms.some(({ from }) => from !== null)) {
    lines.push('+source: the speed-up with the tokens of its source counted as the arm’s.');
  }
  if (arms.some(({ gate }) => gate !== 'none')) {
    lines.push('gate: the least that its sources have learned; no transfer shows more.');
  }
  if (arms.some(({ gate }) => gate === 'not judged')) {
    lines.push(
      'not judged: a gate of its sources had fewer predictors; primordia gate judges it again.',
    );
  }
  if (arms.some(({ excluded }) => excluded)) {
    lines.push(
      'OUT: a source has learned less than requireGate asks for; the arm enters no',
      'mean and no comparison.',
    );
  }
  return lines;
}

function countComparisons(count: number): string {
  return count === 1 ? 'one comparison' : `all ${count} comparisons`;
}
