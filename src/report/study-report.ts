// The report of a study: verdict, the cells that are compared, what steps cost, sources and their gates, tuned values, and
// what repeats it.

import { formatCompact, formatNumber, formatSigned } from '../chart/format.ts';
import { capitalize, formatDuration } from './format.ts';
import { describeOrigin, describeProvenance } from './provenance-section.ts';
import { describeSamples } from './sample-section.ts';
import {
  findNumberAxis,
  groupCells,
  isSuperseded,
  type StudyGroup,
  type StudyReportData,
  type StudySource,
} from './study-data.ts';
import { describeGroup } from './study-section.ts';
import { describeVerdict, nameCells, writeStudyHeadline } from './study-verdict.ts';
import type { Block, Cell, ReportPage, Section } from './types.ts';

/**
 * A study as a page; runs may be missing. A cell that requireGate leaves out is named as such, and takes
 * part in no mean and no verdict.
 */
export function buildStudyPage(data: StudyReportData): ReportPage {
  const { summary, sources } = data;
  const groups = groupCells(summary);
  return {
    title: `Study ${summary.name}`,
    ...describeOrigin(data),
    subtitle: writeStudyHeadline(data),
    facts: listFacts(data),
    sections: [
      describeVerdict(data),
      ...groups.map((group) => describeGroup(group, data)),
      ...describeCost(groups[0], data),
      ...describeSources(sources),
      ...describeTuning(data),
      ...describeSamples(
        (data.samples ?? []).map(({ cell, seed, sample }) => ({
          label: `arm ${cell}, seed ${seed}`,
          sample,
        })),
      ),
      describeProvenance(data, 'study'),
    ],
    footer:
      'Written by Primordia. Losses are natural-log cross-entropy, in nats per target. Intervals are Student’s t over seeds, or pairs of one seed; p values are of paired t-tests, adjusted by Holm for all comparisons of the study.',
  };
}

function listFacts({ summary }: StudyReportData): [string, string][] {
  const { axes, cells, seeds, runs, comparisons, seconds } = summary;
  const ended = runs.finished + runs.diverged;
  return [
    ...axes
      .filter(({ members }) => members.length > 1)
      .map(({ name, members }): [string, string] => [
        capitalize(name),
        members.length > 4 ? `${members.length}` : members.join(', '),
      ]),
    ['Cells', `${cells.length}`],
    ['Paired seeds', `${seeds.length}`],
    ['Runs done', `${ended}/${runs.total}`],
    ...(runs.diverged > 0 ? [['Diverged', `${runs.diverged}`] satisfies [string, string]] : []),
    ['Comparisons', `${comparisons}`],
    ['Time of all runs', formatDuration(seconds)],
  ];
}

/** Time and sequential depth of a step along the axis of numbers, a line for each stage. */
function describeCost(group: StudyGroup | undefined, { summary }: StudyReportData): Section[] {
  const axis = findNumberAxis(summary);
  if (!axis || !group) return [];
  const costs = group.cells.flatMap(({ line, place, stages }) =>
    stages.map((stage, i) => ({
      ...stage,
      place: place!,
      line: `${line}, ${stage.name}`,
      colorOf: line,
      // The color tells the cell, the dash which of its stages.
      ...(i < stages.length - 1 ? { dash: 'dashed' as const } : {}),
    })),
  );
  if (costs.length === 0) return [];
  const isFirst = ({ line }: (typeof costs)[number], i: number) =>
    costs.findIndex((cost) => cost.line === line) === i;
  const draw = (
    title: string,
    yLabel: string,
    key: 'stepMs' | 'depth',
    caption: string,
  ): Block => ({
    kind: 'figure',
    chart: {
      kind: 'line',
      title,
      xLabel: axis.name,
      yLabel,
      height: 300,
      logY: key === 'depth',
      series: costs.filter(isFirst).map(({ line: name, colorOf, dash }) => ({
        name,
        colorOf,
        dash,
        points: costs
          .filter(({ line }) => line === name)
          .map((cost) => [cost.place, cost[key]] as const),
      })),
    },
    caption,
  });
  return [
    {
      heading: 'What a step costs',
      text: `Medians over steps and seeds${group.name === '' ? '' : `, of ${group.name}`}.`,
      blocks: [
        draw(
          'Time per step',
          'milliseconds',
          'stepMs',
          'Steps only, while other runs share the machine.',
        ),
        draw(
          ...(['Sequential depth per step', 'operations', 'depth'] as const),
          'The longest chain of operations that wait for one another, up to the gradients: what no processor shortens.',
        ),
      ],
    },
  ];
}

function describeSources(sources: readonly StudySource[]): Section[] {
  if (sources.length === 0) return [];
  const numeric = true;
  const sorted = [...sources].sort(
    (a, b) => keyOf(sources, a) - keyOf(sources, b) || a.seed - b.seed,
  );
  return [
    {
      heading: 'Sources',
      text: 'The models that cells begin with. Only a model that predicts held-out sequences better than every predictor that knows no dynamics has learned more than statistics.',
      blocks: [
        {
          kind: 'table',
          columns: [
            { label: 'Source' },
            { label: 'Cells' },
            { label: 'Seed', numeric },
            { label: 'Gate' },
            ...[
              'Held-out loss, nats',
              'Best global',
              'Best blind',
              'Best look-up',
              'Margin to blind',
              'Frame shuffled',
              'Tokens',
            ].map((label) => ({ label, numeric })),
          ],
          rows: sorted.map(({ name, cells, seed, gate, tokens }): Cell[] => [
            name,
            nameCells(cells),
            `${seed}`,
            nameOutcome(gate),
            formatNumber(gate.loss),
            formatNumber(gate.bestGlobal?.loss),
            formatNumber(gate.bestBlind?.loss),
            formatNumber(gate.bestLookup?.loss),
            formatMargin(gate),
            gate.shuffledFrame
              ? formatSigned(gate.shuffledFrame.shuffledLoss - gate.shuffledFrame.loss)
              : '–',
            tokens === null ? '–' : formatCompact(tokens),
          ]),
          caption:
            'Losses of predictors are those of the best of a kind: global frequencies; counts without dynamics; look-ups of the neighborhood. Margin: the model’s loss minus the best blind one’s ± half its 95 % interval over sequences. Frame shuffled: what the loss rises by where the frame before is shuffled.',
        },
      ],
    },
  ];
}

/** Sources of the same cells stand together, in the order of the first of them. */
function keyOf(sources: readonly StudySource[], { name, cells }: StudySource): number {
  return sources.findIndex((one) => one.name === name && one.cells.join() === cells.join());
}

function nameOutcome(gate: StudySource['gate']): string {
  if (gate.control) return `${gate.verdict} (control)`;
  return isSuperseded({ gate }) ? 'not judged: its gate had fewer predictors' : gate.verdict;
}

function formatMargin({ margin: { mean, interval } }: StudySource['gate']): string {
  const half = interval === null ? '' : ` ± ${formatNumber((interval[1] - interval[0]) / 2)}`;
  return `${formatSigned(mean)}${half}`;
}

function describeTuning({ summary: { tuning, cells } }: StudyReportData): Section[] {
  if (tuning.length === 0) return [];
  const untuned = cells.filter(({ tuned }) => tuned === null).map(({ name }) => name);
  const keys = [...new Set(tuning.map(({ key }) => key))];
  return [
    {
      heading: 'Tuned values',
      text: `Tried for each cell under seeds of their own; the best result is taken.${untuned.length === 0 ? '' : ` Values of the recipe: ${untuned.join(', ')}.`}`,
      blocks: keys.map((key): Block => {
        const own = tuning.filter((tuned) => tuned.key === key);
        const values = [...new Set(own.flatMap(({ tried }) => tried.map(({ value }) => value)))];
        return {
          kind: 'table',
          columns: [
            { label: 'Cell', unbroken: true },
            ...values.map((value) => ({ label: `at ${value}`, numeric: true })),
            { label: 'Taken', numeric: true },
          ],
          rows: own.map(({ cell, tried, chosen }): Cell[] => [
            cell,
            ...values.map((value) => {
              const found = tried.find((one) => one.value === value);
              return found?.state === 'diverged' ? 'diverged' : formatNumber(found?.result);
            }),
            chosen === null ? '–' : `${chosen}`,
          ]),
          caption: key,
        };
      }),
    },
  ];
}
