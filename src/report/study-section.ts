// Cells of a study that are compared with each other: results along an axis of numbers, differences as intervals, tables,
// gaps and losses over training, and what memories are like.

import type { IntervalRow } from '../chart/index.ts';
import { extentOf, padExtent } from '../chart/points.ts';
import type { StudySummary } from '../study/index.ts';
import { capitalize } from './format.ts';
import { drawDrift, drawGradients } from './rollout-section.ts';
import { COSTS, lossOf } from './stage-section.ts';
import {
  baselineName,
  familyInterval,
  findNumberAxis,
  formatP,
  type GroupedCell,
  isBaseline,
  isConstant,
  listContrasted,
  type ResultFormat,
  resultFormat,
  type StudyGroup,
  type StudyReportData,
  standsAdjusted,
} from './study-data.ts';
import { tableCells, tableSeeds, tableStages } from './study-tables.ts';
import type { Block, Section } from './types.ts';

export function describeGroup(group: StudyGroup, data: StudyReportData): Section {
  const { summary, metric } = data;
  const format = resultFormat(metric);
  const { cells } = group;
  const places = cells.flatMap(({ place }) => place ?? []);
  // Curves of every length would be too many lines: those of the longest are shown.
  const shown =
    places.length === 0 ? cells : cells.filter(({ place }) => place === Math.max(...places));
  return {
    heading: group.name === '' ? 'Cells' : group.name,
    text: `Cells differ in nothing but what their names say, and are compared in pairs of one seed, with “${baselineName(summary)}” where nothing else is said. Compared: ${metric.title}, in ${format.unit}; ${summary.metric.better} is better.`,
    blocks: [
      ...drawAlong(group, data, format),
      ...drawDifferences(group, summary, format),
      tableCells(group, data, format),
      ...drawGaps(group, summary),
      ...drawLosses(shown, summary),
      ...drawMemories(shown),
      ...tableStages(cells, data),
      tableSeeds(group, summary, format),
    ],
  };
}

/** Results along the axis whose members are numbers, a line for what is equal otherwise. */
function drawAlong(
  { cells }: StudyGroup,
  { summary, metric }: StudyReportData,
  { factor, unit }: ResultFormat,
): Block[] {
  const axis = findNumberAxis(summary);
  if (!axis) return [];
  const lines = [...new Set(cells.map(({ line }) => line))];
  const along = (line: string) => cells.filter((cell) => cell.line === line);
  const isAccuracy = summary.metric.name === 'rollout.accuracy';
  const chance = along(lines[0]!).flatMap(({ place, chance: share }): [number, number][] =>
    share === null || !isAccuracy ? [] : [[place!, factor * share]],
  );
  return [
    {
      kind: 'figure',
      wide: true,
      chart: {
        kind: 'line',
        title: `${capitalize(metric.title)} by ${axis.name}`,
        xLabel: axis.name,
        yLabel: unit,
        height: 320,
        ...(isAccuracy ? { yRange: [0, 100] as const } : {}),
        series: [
          ...lines.map((line) => ({
            name: line,
            points: along(line).map(
              ({ place, result }) => [place!, result && factor * result.mean] as const,
            ),
            band: along(line).flatMap(({ place, result }) => {
              const interval = result?.interval;
              return interval
                ? [[place!, factor * interval[0], factor * interval[1]] as const]
                : [];
            }),
          })),
          ...(chance.length > 0
            ? [{ name: 'n-grams', points: chance, dash: 'dashed' as const }]
            : []),
        ],
        colorOrder: lines,
      },
      caption: `Means over seeds with 95 % intervals.${chance.length > 0 ? ' Dashed: the better of the unigram and bigram baselines.' : ''}`,
    },
  ];
}

const HOW_TO_READ =
  'Point: mean over paired seeds; line: its 95 % interval; thin line: that of all comparisons of this study at once (Bonferroni). Gray: the interval holds zero. Filled: it stands also when p is adjusted for all of them (Holm), as it is written here. Arrow: beyond the axis.';

type Compared = Pick<GroupedCell, 'label' | 'difference' | 'excluded'>;

/** Differences to the baseline, and of treatments to their controls. */
function drawDifferences(
  { cells, contrasts }: StudyGroup,
  summary: StudySummary,
  format: ResultFormat,
): Block[] {
  const { better } = summary.metric;
  const draw = (title: string, compared: readonly Compared[]): Block[] =>
    compared.length === 0
      ? []
      : [
          {
            kind: 'figure',
            wide: true,
            chart: {
              kind: 'interval',
              title,
              xLabel: `difference in ${format.differenceUnit}`,
              better,
              rows: compared.map((one) => intervalRow(one, summary, format)),
              digits: format.digits,
            },
            caption: `${better === 'lower' ? 'Left' : 'Right'} of zero is better. ${HOW_TO_READ}`,
          },
        ];
  return [
    ...draw(
      'Treatments minus their controls',
      contrasts.map((contrast) => ({
        ...contrast,
        excluded: listContrasted(cells, contrast).some(({ excluded }) => excluded),
      })),
    ),
    ...draw(
      `Difference to ${baselineName(summary)}`,
      cells.filter((cell) => !isBaseline(cell, summary)),
    ),
  ];
}

function intervalRow(
  { label, difference, excluded }: Compared,
  { comparisons }: StudySummary,
  { factor }: ResultFormat,
): IntervalRow {
  if (excluded) return { label, mean: null, interval: null, note: 'LEFT OUT: gate', alert: true };
  if (difference === null) return { label, mean: null, interval: null };
  const { mean, adjustedP } = difference;
  if (isConstant(difference)) {
    const note = `(the same under each seed) p ${formatP(adjustedP)}`;
    return { label, mean: factor * mean, interval: null, note };
  }
  const { interval } = difference;
  const scale = (ends: readonly [number, number] | null) =>
    ends && ([factor * ends[0], factor * ends[1]] as const);
  return {
    label,
    mean: factor * mean,
    strong: standsAdjusted(difference),
    interval: scale(interval),
    adjusted: scale(familyInterval(difference, comparisons)),
    note: interval === null ? '(one seed)' : `p ${formatP(adjustedP)}`,
  };
}

/** Before this share of the tokens gaps are often too large for the scale of the rest. */
const SETTLED = 0.25;

function drawGaps({ cells }: StudyGroup, summary: StudySummary): Block[] {
  const shown = cells.filter(({ gap }) => gap.length > 1);
  if (shown.length === 0) return [];
  const baseline = baselineName(summary);
  return [
    {
      kind: 'multiples',
      charts: shown.map(({ label, gap }) => {
        const band = gap.flatMap(({ tokens, interval }) =>
          interval === null ? [] : [[tokens, interval[0], interval[1]] as const],
        );
        return {
          kind: 'line',
          title: label,
          xLabel: 'tokens',
          yLabel: `nats, minus ${baseline}`,
          series: [
            { name: label, points: gap.map(({ tokens, mean }) => [tokens, mean] as const), band },
          ],
          references: [{ label: baseline, value: 0 }],
          yRange: settledRange(gap),
          unlabelled: true,
          height: 190,
        };
      }),
      caption:
        `Held-out loss minus that of ${baseline} over training, mean over paired seeds with its 95 % band at each evaluation. ` +
        'Below the dotted zero the cell is ahead. Each panel has a scale of its own, set by what follows the first ' +
        'quarter; what lies outside is cut off.',
    },
  ];
}

function settledRange(gap: GroupedCell['gap']): [number, number] {
  const from = SETTLED * gap.at(-1)!.tokens;
  const settled = gap.filter(({ tokens }) => tokens >= from);
  const values = settled.flatMap(({ mean, interval }) => [mean, ...(interval ?? [])]);
  return padExtent(extentOf([0, ...values])!, 0.08);
}

const STEPS = {
  x: 'totalSteps',
  title: 'Held-out loss by optimizer steps',
  xLabel: 'optimizer steps',
  caption: 'Steps of the whole run.',
} as const;
const TOKENS = {
  x: 'tokens',
  title: 'Held-out loss by tokens',
  xLabel: 'tokens',
  caption: 'Tokens of the compared stage.',
} as const;

/** Held-out losses over training by what they cost, of the stages on the compared data. */
function drawLosses(cells: readonly GroupedCell[], summary: StudySummary): Block[] {
  const curves = cells.map(({ label, line, place, stages, curve }) => ({
    name: place === null ? label : line,
    points: curve.filter(({ stage }) => isCompared(stages, stage, summary)),
  }));
  if (curves.every(({ points }) => points.length === 0)) return [];
  const hasDepth = cells.some(({ stages }) => stages.some(({ depth }) => depth !== null));
  const isOneStage = curves.every(
    ({ points }) => new Set(points.map(({ stage }) => stage)).size < 2,
  );
  const first = isOneStage ? TOKENS : STEPS;
  const costs = hasDepth ? [first, ...COSTS] : [first];
  const [{ place }] = cells as [GroupedCell];
  const where = place === null ? '' : ` at ${findNumberAxis(summary)!.name} ${place}`;
  return costs.map(
    ({ x, title, xLabel, caption }): Block => ({
      kind: 'figure',
      chart: {
        kind: 'line',
        title,
        xLabel,
        yLabel: 'nats per target',
        height: 280,
        series: curves.map(({ name, points }) => ({
          name,
          points: points.flatMap((point) => {
            const at = point[x];
            return at === null ? [] : [[at, lossOf(point)] as const];
          }),
        })),
        colorOrder: curves.map(({ name }) => name),
      },
      caption: `Means over seeds${where}. ${caption}`,
    }),
  );
}

/** Whether a stage learns from the data of the compared one: losses on others are on another scale. */
function isCompared(
  stages: GroupedCell['stages'],
  name: string,
  { metric }: StudySummary,
): boolean {
  const compared = stages.find((stage) => stage.name === metric.stage) ?? stages.at(-1);
  return stages.find((stage) => stage.name === name)?.data === compared?.data;
}

function drawMemories(cells: readonly GroupedCell[]): Block[] {
  const names = cells.map(({ label, place, line }) => (place === null ? label : line));
  const gradients = (part: 'first' | 'late') =>
    cells.flatMap(({ stages }, i) => {
      const last = stages.findLast((stage) => stage.gradients !== null);
      return last ? [{ name: names[i]!, points: last.gradients![part] }] : [];
    });
  return [
    ...drawDrift(
      cells.flatMap(({ stages }, i) =>
        stages
          .flatMap(({ name, drift }) => (drift ? [{ name, drift }] : []))
          .map(({ name, drift }, k, all) => ({
            name: `${names[i]}, after ${name}`,
            colorOf: names[i]!,
            points: drift,
            // The color tells the cell, the dash after which of its stages.
            ...(k < all.length - 1 ? { dash: 'dashed' as const } : {}),
          })),
      ),
    ),
    ...drawGradients(gradients('first'), 'Gradient at the first step', names),
    ...drawGradients(gradients('late'), 'Gradient, second half of training', names),
  ];
}
