// Treatments of a study against their controls, in sentences.

import type { Difference, StudySummary } from '../study/index.ts';
import type { ArmEstimate, Comparison } from '../study/statistics.ts';
import { writeVerdict } from '../study/verdict.ts';
import {
  baselineName,
  familyInterval,
  findSide,
  formatP,
  type GroupedCell,
  listContrasted,
  type ResultFormat,
  resultFormat,
  type StudyGroup,
  type StudyReportData,
  standsAdjusted,
} from './study-data.ts';
import type { Block } from './types.ts';

type Contrast = StudyGroup['contrasts'][number];

/** A banner with a sentence for each treatment, its controls in it; none where a study names no controls. */
export function describeControls(groups: readonly StudyGroup[], data: StudyReportData): Block[] {
  const { summary } = data;
  const contrasts = groups.flatMap((group) => group.contrasts);
  if (contrasts.length === 0) return [];
  const sides = contrasts.flatMap(({ difference }) =>
    standsAdjusted(difference) ? [findSide(difference, summary.metric.better)] : [],
  );
  const tone =
    sides.length === 0 || new Set(sides).size > 1 ? 'note' : sides[0] === 'better' ? 'good' : 'bad';
  return [
    {
      kind: 'banner',
      tone,
      heading: 'Treatments against their controls',
      items: groups.flatMap((group) => writeGroup(group, data)),
    },
  ];
}

function writeGroup(group: StudyGroup, data: StudyReportData): string[] {
  const { baseline } = data.summary;
  const byTreatment = new Map<string, Contrast[]>();
  for (const contrast of group.contrasts) {
    const key = JSON.stringify([contrast.axis, contrast.treatment, contrast.members]);
    byTreatment.set(key, [...(byTreatment.get(key) ?? []), contrast]);
  }
  return [...byTreatment.values()].flatMap((contrasts) => {
    const [{ axis, treatment }] = contrasts as [Contrast];
    // Where the baseline is a member of another axis, or the treatment itself, a gain against it is another question.
    const asks = baseline[axis] !== undefined && baseline[axis] !== treatment;
    const sentences = asks
      ? [writeTreatment(group, contrasts, data)]
      : contrasts.map((contrast) => writeContrast(group, contrast, data));
    return sentences.map((sentence) =>
      group.name === '' ? sentence : `${group.name}: ${sentence}`,
    );
  });
}

/** A treatment against the baseline and its controls. */
function writeTreatment(
  group: StudyGroup,
  contrasts: readonly Contrast[],
  { summary, metric }: StudyReportData,
): string {
  const format = resultFormat(metric);
  const [first] = contrasts as [Contrast];
  const [treatment] = listContrasted(group.cells, first);
  const name = treatment.label;
  const controls = contrasts.map((contrast) => listContrasted(group.cells, contrast)[1]);
  const compare = (arm: string, against: string, difference: Difference | null) =>
    toComparison(arm, against, difference, summary, format);
  return writeVerdict({
    metric: {
      name: metric.title,
      unit: format.differenceUnit,
      better: summary.metric.better,
      digits: format.digits,
    },
    difference: compare(name, baselineName(summary), treatment.difference),
    controls: contrasts.map(({ difference }, i) => {
      const { label, difference: toBaseline } = controls[i]!;
      return {
        treatment: compare(name, label, difference),
        baseline: toBaseline && compare(label, baselineName(summary), toBaseline),
      };
    }),
    cause: name,
    arms: [treatment, ...controls].map(estimateCell),
  });
}

function estimateCell({ label, seeds, diverged }: GroupedCell): ArmEstimate {
  return {
    name: label,
    seeds,
    mean: null,
    spread: null,
    diverged: diverged.map(({ seed }) => seed),
  };
}

/** In the units that results are written in. */
function toComparison(
  arm: string,
  against: string,
  difference: Difference | null,
  { comparisons }: StudySummary,
  { factor }: ResultFormat,
): Comparison {
  const interval = difference?.interval;
  const family = difference && familyInterval(difference, comparisons);
  if (!difference || !interval || !family) {
    const why = difference
      ? 'have one pair of finished runs, and two at least are needed to compare them'
      : 'are not compared, as no pair of runs is finished or one of them is left out';
    return { arm, against, refused: `${arm} and ${against} ${why}` };
  }
  const { values, mean, p, adjustedP } = difference;
  const scale = ([low, high]: readonly [number, number]) => [factor * low, factor * high] as const;
  return {
    arm,
    against,
    comparisons,
    p: p ?? 1,
    adjustedP: adjustedP ?? 1,
    seeds: [],
    values: values.map((value) => factor * value),
    mean: factor * mean,
    interval: scale(interval),
    familyInterval: scale(family),
  };
}

/** A treatment against one control. */
function writeContrast(
  group: StudyGroup,
  contrast: Contrast,
  { summary, metric }: StudyReportData,
): string {
  const format = resultFormat(metric);
  const { difference } = contrast;
  const [{ label: one }, control] = listContrasted(group.cells, contrast);
  const other = `its control ${control.label}`;
  if (difference === null) {
    return `${one} is not compared with ${other}: no pair is finished, or one of them is left out.`;
  }
  const size = `${format.difference(difference.mean)} ${format.differenceUnit}`;
  const family = familyInterval(difference, summary.comparisons);
  if (family === null)
    return `${one} minus ${other}: ${size} under one seed, which has no interval.`;
  const evidence = `${size}, 95\u00a0% interval ${format.interval(family)}, p ${formatP(difference.adjustedP)}, adjusted for all comparisons`;
  return standsAdjusted(difference)
    ? `${one} does ${findSide(difference, summary.metric.better)} than ${other} (${evidence}).`
    : `${one} is not told apart from ${other} (${evidence}).`;
}
