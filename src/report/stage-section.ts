// Stages of a run that learn from the same data: loss curves by what they cost, measures, parts of the training loss.

import type { LineSeries } from '../chart/index.ts';
import type { CurvePoint } from '../run/experiment.ts';
import type { StageSummary } from '../training/summary.ts';
import { capitalize } from './format.ts';
import {
  describeGate,
  describeHeldOut,
  GATE_INTRODUCTIONS,
  HELD_OUT,
  listBest,
} from './gate-section.ts';
import { findMetric, measureScale } from './metric-info.ts';
import {
  type JudgedModel,
  listJudged,
  type ReportStage,
  type TrainingReportData,
} from './training-data.ts';
import type { Block, Section } from './types.ts';

type Stage = StageSummary & { readonly report: ReportStage };

/** Sections in the order of stages: what a stage begins with where that was judged, then stages by their data. */
export function describeStages(data: TrainingReportData): Section[] {
  const judged = listJudged(data);
  return groupStages(data).flatMap((stages) => {
    const names = stages.map(({ name }) => name);
    const starts = judged.filter(
      ({ stage, usedBy }) => stage === null && usedBy.some((name) => names.includes(name)),
    );
    const own = judged.find(({ stage }) => stage !== null && names.includes(stage));
    return [...starts.map(describeStart), describeGroup(stages, own)];
  });
}

/** Stages that go on with the data of the one before are shown together. */
function groupStages({ summary, stages }: TrainingReportData): Stage[][] {
  const groups: Stage[][] = [];
  summary.stages.forEach((stage, i) => {
    const report = stages[i]!;
    const group = report.continues ? groups.at(-1) : undefined;
    if (group) group.push({ ...stage, report });
    else groups.push([{ ...stage, report }]);
  });
  return groups;
}

function describeStart(judged: JudgedModel): Section {
  const { banner, findings } = describeGate(judged);
  const { world, usedBy, subject } = judged;
  return {
    heading: `What ${usedBy.join(' and ')} begins with${world ? `: ${world.description}` : ''}`,
    text: `${subject} was trained before this run.${world ? ` ${GATE_INTRODUCTIONS[world.learnable]}` : ''}`,
    blocks: [banner, ...findings],
  };
}

function describeGroup(stages: readonly Stage[], judged: JudgedModel | undefined): Section {
  const gate = judged && describeGate(judged);
  const { world } = judged ?? {};
  const names = stages.map(({ name }) => name);
  return {
    heading: nameGroup(names, stages[0]!.report.data),
    text: world ? GATE_INTRODUCTIONS[world.learnable] : undefined,
    blocks: [
      ...(gate ? [gate.banner] : []),
      ...drawLosses(stages, judged),
      ...(gate?.findings ?? []),
      ...drawMeasures(stages),
      ...stages.flatMap(drawParts),
    ],
  };
}

/** `Stages smt, dmt: copy of 8 symbols`; of a stage that is named after its data, the name once. */
function nameGroup(names: readonly string[], data: string): string {
  const all = names.join(', ');
  if (data.startsWith(`${all}: `)) return `Stage ${data}`;
  return `${names.length === 1 ? 'Stage' : 'Stages'} ${all}: ${data}`;
}

/**
 * What the model itself loses: where an algorithm holds something else out, such as a teacher's loss, it measures the
 * model's own beside it.
 */
export function lossOf({ loss, measures }: Pick<CurvePoint, 'loss' | 'measures'>): number | null {
  return measures.rolledOutLoss ?? loss;
}

type Cost = 'tokens' | 'totalSteps' | 'seconds' | 'depth';

function heldOutSeries(stages: readonly Stage[], x: Cost): LineSeries[] {
  return stages.map(({ name, curve }) => ({
    name: stages.length === 1 ? HELD_OUT : name,
    points: curve.flatMap((point) => {
      const at = point[x];
      return at === null ? [] : [[at, lossOf(point)] as const];
    }),
  }));
}

function drawLosses(stages: readonly Stage[], judged: JudgedModel | undefined): Block[] {
  const [only] = stages.length === 1 ? stages : [];
  // The sum of parts is no loss per target: it stands among its parts.
  const trained = only && Object.keys(only.report.parts).length === 0 ? only.report.trainCurve : [];
  const reference = judged
    ? 'Dotted: the best predictor of each kind. Predictors know where delimiters stand; these curves count them.'
    : '';
  const world = judged?.world;
  return [
    {
      kind: 'figure',
      wide: true,
      chart: {
        kind: 'line',
        title: only ? 'Loss by tokens' : 'Held-out loss by optimizer steps',
        xLabel: only ? 'tokens' : 'optimizer steps',
        yLabel: 'nats per target',
        series: [
          ...heldOutSeries(stages, only ? 'tokens' : 'totalSteps'),
          ...(trained.length > 0 ? [{ name: 'training', points: trained, faint: true }] : []),
        ],
        references: judged ? listBest(judged.gate) : [],
        height: 330,
      },
      caption: [
        world ? describeHeldOut(world) : 'Held out: data never trained on. Lower is better.',
        ...(trained.length > 0 ? ['Training: each batch as it was trained on, unsmoothed.'] : []),
        ...(reference === '' ? [] : [reference]),
      ].join(' '),
    },
    ...(stages.some(({ depth }) => depth !== null)
      ? COSTS.map((cost) => drawCost(stages, cost))
      : []),
  ];
}

/** What steps cost besides data. */
export const COSTS = [
  {
    x: 'seconds',
    title: 'Held-out loss by time',
    xLabel: 'seconds in steps',
    caption:
      'Time in steps so far, those of earlier stages included; compiling and evaluations are left out.',
  },
  {
    x: 'depth',
    title: 'Held-out loss by sequential depth',
    xLabel: 'operations in sequence',
    caption:
      'Operations that wait for one another, which no processor shortens, of all steps so far, those of earlier stages included.',
  },
] as const;

function drawCost(
  stages: readonly Stage[],
  { x, caption, ...labels }: (typeof COSTS)[number],
): Block {
  const series = heldOutSeries(stages, x);
  const chart = { ...labels, yLabel: 'nats per target', height: 280 };
  return {
    kind: 'figure',
    chart: { kind: 'line', ...chart, series, unlabelled: series.length === 1 },
    caption,
  };
}

/** What evaluations measure over training: a chart for each unit, a line for each measure through all stages. */
function drawMeasures(stages: readonly Stage[]): Block[] {
  const known: ReportStage['metrics'] = Object.assign(
    {},
    ...stages.map(({ report }) => report.metrics),
  );
  const points = stages.flatMap(({ curve }) => curve);
  const names = [...new Set(points.flatMap(({ measures }) => Object.keys(measures)))];
  const found = names.map((name) => ({ name, info: findMetric(known, name) }));
  // Numbers without a unit have no scale in common.
  const scaleOf = ({ info }: (typeof found)[number]) => info.unit || info.title;
  return [...new Set(found.map(scaleOf))].map((scale): Block => {
    const lines = found.filter((one) => scaleOf(one) === scale);
    const { factor, label } = measureScale(lines[0]!.info.unit);
    const [only] = lines.length === 1 ? lines : [];
    return {
      kind: 'figure',
      chart: {
        kind: 'line',
        title: only ? capitalize(only.info.title) : `Measures, ${label}`,
        xLabel: 'optimizer steps',
        yLabel: label,
        unlabelled: only !== undefined,
        series: lines.map(({ name, info }) => ({
          name: info.title,
          colorOf: info.subject ?? info.title,
          points: points.map(({ totalSteps, measures }) => {
            const value = measures[name];
            return [totalSteps, value == null ? null : factor * value] as const;
          }),
        })),
        height: 300,
      },
      caption: lines
        .flatMap(({ info: { title, description } }) =>
          description === '' ? [] : [`${capitalize(title)}: ${description}.`],
        )
        .join(' '),
    };
  });
}

/** Small charts of what a stage's training loss is made of, each on a scale of its own. */
function drawParts({ name, report }: Stage): Block[] {
  const parts = Object.entries(report.parts);
  if (parts.length === 0) return [];
  const described = parts.map(([part, points]) => ({
    info: findMetric(report.metrics, part),
    points,
  }));
  return [
    {
      kind: 'multiples',
      charts: described.map(({ info, points }) => ({
        kind: 'line',
        title: capitalize(info.title),
        xLabel: 'optimizer steps',
        yLabel: measureScale(info.unit).label,
        unlabelled: true,
        height: 200,
        series: [{ name: info.title, points }],
      })),
      notes: described.map(({ info }) => info.description),
      caption: `What steps of stage ${name} report. Panels have scales of their own.`,
    },
  ];
}
