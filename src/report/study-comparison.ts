// Studies beside one another: the cells that they have in common, and what differs between them.

import {
  type ComparedRun,
  describeDifferences,
  describeOrigins,
  gatherMissing,
} from './comparison-sections.ts';
import { joinNames } from './join-names.ts';
import { lossOf } from './stage-section.ts';
import { baselineName, resultFormat, type StudyReportData } from './study-data.ts';
import { writeStudyHeadline } from './study-verdict.ts';
import type { Block, Cell, ReportPage, Section } from './types.ts';

/** A study of a comparison. */
export type ComparedStudy = ComparedRun & { readonly data: StudyReportData };

/**
 * Studies as a page; they may be unfinished. Differences are to the first of them.
 *
 * @param studies two at least
 */
export function compareStudies(studies: readonly ComparedStudy[]): ReportPage {
  const names = listSharedCells(studies);
  const metrics = new Set(studies.map(({ data }) => JSON.stringify(data.summary.metric)));
  return {
    title: `Studies compared: ${joinNames(studies.map(({ label }) => label))}`,
    missing: gatherMissing(studies),
    subtitle: writeHeadline(studies, names, metrics.size === 1),
    facts: [
      ['Studies', `${studies.length}`],
      ['Cells in common', `${names.length}`],
      ['Seeds', joinNames(studies.map(({ data }) => `${data.summary.seeds.length}`))],
    ],
    sections: [
      describeCells(studies, names, metrics.size === 1),
      describeDifferences(studies),
      ...drawCurves(studies, names),
      describeOrigins(studies),
    ],
    footer: 'Written by Primordia. Differences are to the first study, between means over seeds.',
  };
}

function listSharedCells(studies: readonly ComparedStudy[]): string[] {
  const [first, ...others] = studies.map(({ data }) => data.summary.cells.map(({ name }) => name));
  return first!.filter((name) => others.every((names) => names.includes(name)));
}

function writeHeadline(
  studies: readonly ComparedStudy[],
  names: readonly string[],
  isComparable: boolean,
): string {
  if (names.length === 0) return 'The studies have no cell in common: nothing can be compared.';
  if (!isComparable) {
    return 'The studies compare different metrics: their results stand beside each other, and are not compared.';
  }
  const [first, ...others] = studies as [ComparedStudy, ...ComparedStudy[]];
  const { better } = first.data.summary.metric;
  const sentences = others.map(({ label, data }) => {
    const pairs = names.flatMap((name) => {
      const [a, b] = [first.data, data].map(
        ({ summary }) => summary.cells.find((cell) => cell.name === name)!.result?.mean,
      );
      return a == null || b == null ? [] : [better === 'lower' ? b < a : b > a];
    });
    if (pairs.length === 0) return `${label} has no result to compare with ${first.label} yet.`;
    return `${label} has the better mean in ${pairs.filter(Boolean).length} of the ${pairs.length} cells that it shares with ${first.label}.`;
  });
  return sentences.join(' ');
}

function describeCells(
  studies: readonly ComparedStudy[],
  names: readonly string[],
  isComparable: boolean,
): Section {
  const [first] = studies as [ComparedStudy];
  const format = resultFormat(first.data.metric);
  const numeric = true;
  const blocks: Block[] = [
    {
      kind: 'banner',
      tone: 'note',
      heading: 'What each study found by itself',
      items: studies.map(({ label, data }) => `${label}: ${writeStudyHeadline(data)}`),
    },
  ];
  if (names.length > 0 && isComparable) {
    blocks.push({
      kind: 'table',
      columns: [
        { label: 'Cell', unbroken: true },
        ...studies.flatMap(({ label }, i) => [
          { label: `${label}, mean (seeds)`, numeric },
          ...(i === 0 ? [] : [{ label: `${label} minus ${first.label}`, numeric }]),
        ]),
      ],
      rows: names.map((name): Cell[] => {
        const cells = studies.map(
          ({ data }) => data.summary.cells.find((cell) => cell.name === name)!,
        );
        return [
          name,
          ...cells.flatMap(({ result, seeds }, i) => {
            const before = cells[0]!.result?.mean;
            const difference = result && before != null ? result.mean - before : null;
            return [
              `${format.value(result?.mean)} (${seeds.length})`,
              ...(i === 0 ? [] : [format.difference(difference)]),
            ];
          }),
        ];
      }),
      caption: `${first.data.metric.title}, in ${format.unit}; ${first.data.summary.metric.better} is better. Means over the seeds of a study; no interval holds between studies, whose seeds are not paired.`,
    });
  }
  return {
    heading: 'What these studies can show',
    text: `Baselines: ${studies.map(({ label, data }) => `${label} ${baselineName(data.summary)}`).join(', ')}.`,
    blocks,
  };
}

/** More panels than this would be a wall. */
const MOST_PANELS = 6;

function drawCurves(studies: readonly ComparedStudy[], names: readonly string[]): Section[] {
  const blocks = names.slice(0, MOST_PANELS).flatMap((name): Block[] => {
    const series = studies.map(({ label, data }) => ({
      name: label,
      points: data.summary.cells
        .find((cell) => cell.name === name)!
        .curve.map((point) => [point.totalSteps, lossOf(point)] as const),
    }));
    if (series.every(({ points }) => points.length === 0)) return [];
    return [
      {
        kind: 'figure',
        chart: {
          kind: 'line',
          title: name,
          xLabel: 'optimizer steps',
          yLabel: 'nats per target',
          series,
          colorOrder: studies.map(({ label }) => label),
          height: 280,
        },
        caption: 'Held-out loss over training, mean over seeds.',
      },
    ];
  });
  return blocks.length === 0 ? [] : [{ heading: 'Curves', blocks }];
}
