// Training runs beside one another: what they came to, what differs between their recipes, and their curves.

import { formatCompact, formatNumber, formatPercent, formatSigned } from '../chart/format.ts';
import { plural } from '../core/index.ts';
import type { StageSummary } from '../training/summary.ts';
import {
  type ComparedRun,
  describeDifferences,
  describeOrigins,
  gatherMissing,
} from './comparison-sections.ts';
import { formatDuration } from './format.ts';
import { joinNames } from './join-names.ts';
import { describeSeedGroups } from './seed-groups-section.ts';
import { COSTS, lossOf } from './stage-section.ts';
import type { ReportStage, TrainingReportData } from './training-data.ts';
import type { Block, Cell, ReportPage, Section } from './types.ts';

/** A training run of a comparison. */
export type ComparedTraining = ComparedRun & { readonly data: TrainingReportData };

const numeric = true;

/**
 * Runs as a page; they may be unfinished. Differences are to the first of them.
 *
 * @param runs two at least
 */
export function compareTrainingRuns(runs: readonly ComparedTraining[]): ReportPage {
  const stages = listSharedStages(runs);
  return {
    title: `Training runs compared: ${joinNames(runs.map(({ label }) => label))}`,
    missing: gatherMissing(runs),
    subtitle: writeHeadline(runs, stages),
    facts: [
      ['Runs', `${runs.length}`],
      ['Stages in common', joinNames(stages.map(({ name }) => name)) || 'none'],
      ['Seeds', [...new Set(runs.map(({ data }) => data.summary.seed))].join(', ')],
    ],
    sections: [
      describeResults(runs, stages),
      describeDifferences(runs),
      ...stages.filter(sharesData).flatMap(({ name, runs: own }) =>
        describeSeedGroups(
          name,
          own.map(({ label, stage }) => {
            const { recipe, data } = runs.find((run) => run.label === label)!;
            return { label, recipe, seed: data.summary.seed, stage };
          }),
        ),
      ),
      ...stages.map(drawCurves),
      describeOrigins(runs),
    ],
    footer:
      'Written by Primordia. Losses are natural-log cross-entropy, in nats per target. Differences are to the first run.',
  };
}

/** A stage of one of the runs. */
type RunStage = {
  readonly label: string;
  readonly stage: StageSummary;
  readonly report: ReportStage;
};

/** A stage that several runs have under one name. */
type SharedStage = { readonly name: string; readonly runs: readonly RunStage[] };

/** Stages that two runs have at least, in the order in which they come. */
function listSharedStages(runs: readonly ComparedTraining[]): SharedStage[] {
  const names = [
    ...new Set(runs.flatMap(({ data }) => data.summary.stages.map(({ name }) => name))),
  ];
  return names
    .map((name) => ({
      name,
      runs: runs.flatMap(({ label, data }): RunStage[] => {
        const i = data.summary.stages.findIndex((stage) => stage.name === name);
        if (i < 0) return [];
        return [{ label, stage: data.summary.stages[i]!, report: data.stages[i]! }];
      }),
    }))
    .filter(({ runs: own }) => own.length > 1);
}

/** Whether the runs' losses of a stage are on one scale. */
function sharesData({ runs }: SharedStage): boolean {
  return new Set(runs.map(({ report }) => report.data)).size === 1;
}

function writeHeadline(runs: readonly ComparedTraining[], stages: readonly SharedStage[]): string {
  const last = stages.findLast(
    (stage) =>
      sharesData(stage) && stage.runs.filter(({ stage: { loss } }) => loss !== null).length > 1,
  );
  if (!last) {
    return stages.length === 0
      ? 'The runs have no stage of one name: their losses cannot be compared.'
      : 'No two of the runs have finished a stage on the same data: there is no loss to compare yet.';
  }
  const finished = last.runs
    .flatMap(({ label, stage: { loss } }) => (loss === null ? [] : [{ label, loss }]))
    .sort((a, b) => a.loss - b.loss);
  const [best, second] = finished as [(typeof finished)[number], (typeof finished)[number]];
  const open = runs.length - finished.length;
  const rest =
    open === 0 ? '' : ` ${plural(open, 'run')} of ${runs.length} cannot be compared there.`;
  const gap = second.loss - best.loss;
  if (formatNumber(gap) === formatNumber(0)) {
    return `${best.label} and ${second.label} have the same held-out loss at the end of stage ${last.name}: ${formatNumber(best.loss)} nats per target.${rest}`;
  }
  return `${best.label} has the lowest held-out loss at the end of stage ${last.name}: ${formatNumber(best.loss)} nats per target, ${formatNumber(gap)} below ${second.label}.${rest}`;
}

function describeResults(
  runs: readonly ComparedTraining[],
  stages: readonly SharedStage[],
): Section {
  const apart = stages.filter((stage) => !sharesData(stage)).map(({ name }) => name);
  return {
    heading: 'What these runs can show',
    blocks: [
      {
        kind: 'banner',
        tone: 'note',
        heading: 'A difference between single runs may be chance.',
        items: [
          'Whether it is more takes several seeds of each: "primordia study" runs them in pairs and compares them with intervals.',
        ],
      },
      ...(apart.length === 0
        ? []
        : ([
            {
              kind: 'banner',
              tone: 'bad',
              heading: `Different data in ${apart.length === 1 ? 'stage' : 'stages'} ${joinNames(apart)}`,
              items: [
                'Losses on different data are on different scales: they say nothing beside each other.',
              ],
            },
          ] satisfies Block[])),
      tableRuns(runs),
      ...stages.map(tableStage),
    ],
  };
}

function tableRuns(runs: readonly ComparedTraining[]): Block {
  const hasRollout = runs.some(({ data }) => data.summary.rollout !== null);
  return {
    kind: 'table',
    columns: [
      { label: 'Run', unbroken: true },
      { label: 'Recipe' },
      { label: 'Model' },
      { label: 'Seed', numeric },
      { label: 'Gate' },
      ...(hasRollout
        ? [
            { label: 'Free-running loss', numeric },
            { label: 'Free-running accuracy', numeric },
          ]
        : []),
      { label: 'Time', numeric },
    ],
    rows: runs.map(({ label, data: { summary, model } }): Cell[] => {
      const gates = summary.stages.flatMap(({ name, gate }) =>
        gate ? [`${name}: ${gate.verdict}`] : [],
      );
      return [
        label,
        summary.name,
        model,
        `${summary.seed}`,
        gates.join(', ') || '–',
        ...(hasRollout
          ? [formatNumber(summary.rollout?.loss), formatPercent(summary.rollout?.accuracy)]
          : []),
        formatDuration(summary.seconds),
      ];
    }),
  };
}

function tableStage({ name, runs }: SharedStage): Block {
  const first = runs[0]!;
  const comparable = sharesData({ name, runs });
  const hasBits = runs.some(({ stage }) => stage.bitsPerByte !== null);
  const compact = (value: number | null) => (value === null ? '–' : formatCompact(value));
  return {
    kind: 'table',
    columns: [
      { label: `Stage ${name}`, unbroken: true },
      { label: 'Data' },
      { label: 'Algorithm' },
      ...['Steps', 'Tokens', 'Parameters', 'ms per step', 'Held-out loss'].map((label) => ({
        label,
        numeric,
      })),
      ...(comparable ? [{ label: `Minus ${first.label}`, numeric }] : []),
      ...(hasBits ? [{ label: 'Bits per byte', numeric }] : []),
    ],
    rows: runs.map(({ label, stage, report }): Cell[] => [
      label,
      report.data,
      stage.algorithm,
      stage.finished ? `${stage.steps}` : `${stage.steps}, not finished`,
      formatCompact(stage.tokens),
      compact(stage.parameters),
      formatNumber(stage.stepMs, 1),
      formatNumber(stage.loss),
      ...(comparable
        ? [
            label === first.label || stage.loss === null || first.stage.loss === null
              ? '–'
              : formatSigned(stage.loss - first.stage.loss),
          ]
        : []),
      ...(hasBits ? [formatNumber(stage.bitsPerByte)] : []),
    ]),
    caption: 'Losses of finished stages, held out, in nats per target; lower is better.',
  };
}

function drawCurves({ name, runs }: SharedStage): Section {
  const colorOrder = runs.map(({ label }) => label);
  const series = (x: 'tokens' | (typeof COSTS)[number]['x']) =>
    runs.map(({ label, stage }) => ({
      name: label,
      points: stage.curve.flatMap((point) => {
        const at = point[x];
        return at === null ? [] : [[at, lossOf(point)] as const];
      }),
    }));
  const hasDepth = runs.some(({ stage }) => stage.depth !== null);
  return {
    heading: `Stage ${name}: curves`,
    blocks: [
      {
        kind: 'figure',
        wide: true,
        chart: {
          kind: 'line',
          title: 'Held-out loss by tokens',
          xLabel: 'tokens of the stage',
          yLabel: 'nats per target',
          series: series('tokens'),
          colorOrder,
          height: 330,
        },
        caption: 'On data never trained on. Lower is better.',
      },
      ...COSTS.filter(({ x }) => hasDepth || x !== 'depth').map(
        ({ x, caption, ...labels }): Block => ({
          kind: 'figure',
          chart: {
            kind: 'line',
            ...labels,
            yLabel: 'nats per target',
            series: series(x),
            colorOrder,
            height: 280,
          },
          caption,
        }),
      ),
    ],
  };
}
