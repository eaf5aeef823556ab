// The report of a recurrent network: what it remembers on its own, how it got there, and what its memories are like.

import { confidenceInterval95, mean } from '../core/index.ts';
import {
  type NgramBaselines,
  type RecurrentSample,
  type RecurrentSummary,
  type RolloutMeasures,
  STAGE_NAMES,
  type StageSummary,
} from '../recurrent/index.ts';
import { lineChart } from './charts.ts';
import {
  formatCompact,
  formatDuration,
  formatNumber,
  formatPercent,
  formatSigned,
} from './format.ts';
import { renderReport } from './html.ts';
import { FULL_WIDTH, HALF_WIDTH } from './page-style.ts';
import { describeProvenance, type Provenance } from './provenance-section.ts';
import type { Block, Cell, Point, Section } from './types.ts';

/** A curve of a metric of one stage: optimizer steps of the whole run, value. */
export type StageCurve = {
  readonly stage: string;
  readonly name: string;
  readonly points: readonly Point[];
};

export type RecurrentReportData = Provenance & {
  readonly summary: RecurrentSummary;
  readonly description: string;
  /** The task in words, and the network's sizes. */
  readonly task: string;
  readonly model: string;
  /** Parts of the training loss, and the effective rank of memories, by optimizer steps. */
  readonly parts: readonly StageCurve[];
  readonly ranks: readonly StageCurve[];
  readonly sample: {
    readonly shows: RecurrentSample['shows'];
    /** Prompt and what followed, for text and tokens. */
    readonly texts: readonly { readonly prompt: string; readonly text: string }[];
    /** Markup of a picture, for images. */
    readonly picture: string | null;
  } | null;
};

const numeric = true;

/** A run, finished or not, as a self-contained HTML page. Losses are in nats per target. */
export function buildRecurrentReport(data: RecurrentReportData): string {
  const { summary } = data;
  return renderReport({
    title: summary.name,
    subtitle: writeHeadline(summary),
    facts: listFacts(data),
    sections: [
      describeResult(data),
      describeTraining(data),
      describeMemories(data),
      ...describeSample(data),
      describeProvenance(data),
    ],
    footer: 'Written by Primordia. Losses are natural-log cross-entropy, in nats per target.',
  });
}

function writeHeadline({ rollout, baselines, stages }: RecurrentSummary): string {
  if (!rollout || !baselines) return `Not finished: ${stages.at(-1)?.steps ?? 0} steps done`;
  const what = `${formatPercent(rollout.accuracy)} of targets right, loss ${formatNumber(rollout.loss)}`;
  return isLearnt(compareToCounting(rollout, baselines))
    ? `On its own over ${rollout.length} tokens: ${what}`
    : `On its own it has learnt no more than counting gives: ${what}`;
}

/** The network's loss minus that of counting, a sequence at a time: mean and 95 % interval. */
function compareToCounting(rollout: RolloutMeasures, baselines: NgramBaselines) {
  const differences = rollout.lossBySequence.map((loss, i) => loss - baselines.lossBySequence[i]!);
  return { mean: mean(differences), interval: confidenceInterval95(differences) };
}

function isLearnt({ interval }: ReturnType<typeof compareToCounting>): boolean {
  return interval !== null && interval[1] < 0;
}

function listFacts({ summary, task, model }: RecurrentReportData): [string, string][] {
  const { stages, seed, seconds } = summary;
  return [
    ['Task', task],
    ['Network', model],
    ['Seed', `${seed}`],
    [
      'Steps',
      stages.map(({ stage, steps }) => `${STAGE_NAMES[stage]} ${formatCompact(steps)}`).join(', '),
    ],
    ['Time', formatDuration(seconds)],
  ];
}

function describeResult({ summary, description }: RecurrentReportData): Section {
  const { stages, rollout, baselines } = summary;
  const rows = stages.map(({ stage, steps, parameters, depth, stepMs, measures }): Cell[] => [
    STAGE_NAMES[stage],
    `${steps}`,
    formatCompact(parameters),
    `${depth}`,
    formatNumber(stepMs, 1),
    formatPercent(measures.teacherAccuracy),
    formatPercent(measures.oneStepAccuracy),
    formatPercent(measures.rolledOutAccuracy),
    formatNumber(measures.rolledOutLoss),
    formatNumber(measures.driftAtEnd),
    formatNumber(measures.effectiveRank, 1),
  ]);
  const blocks: Block[] = [];
  if (rollout && baselines) {
    const { slope, slopeInterval, slopeFrom } = rollout;
    const difference = compareToCounting(rollout, baselines);
    const bounds = difference.interval?.map((x) => formatSigned(x)).join(' to ') ?? '–';
    blocks.push({
      kind: 'banner',
      tone: isLearnt(difference) ? 'good' : 'bad',
      heading: `Rolled out over ${rollout.length} tokens of ${rollout.sequences} held-out sequences, from its own initial state: loss ${formatNumber(rollout.loss)}`,
      items: [
        `Counting gives ${formatNumber(baselines.unigramLoss)} (unigrams) and ${formatNumber(baselines.bigramLoss)} (bigrams) nats; its best guess is right in ${formatPercent(Math.max(baselines.unigramAccuracy, baselines.bigramAccuracy ?? 0))}. The network minus the better of the two, on the same sequences: ${formatSigned(difference.mean)} (95 %: ${bounds}).`,
        ...(slope === null || !slopeInterval
          ? []
          : [
              `From ${slopeFrom} tokens on the loss changes by ${formatSigned(1000 * slope, 2)} nats per thousand tokens (95 %: ${formatSigned(1000 * slopeInterval[0], 2)} to ${formatSigned(1000 * slopeInterval[1], 2)}): it ${slopeInterval[0] > 0 ? 'rises' : slopeInterval[1] < 0 ? 'falls' : 'is not shown to rise or fall'}.`,
            ]),
      ],
    });
  }
  blocks.push({
    kind: 'table',
    columns: [
      { label: 'Stage' },
      ...[
        'Steps',
        'Parameters',
        'Depth of a step',
        'ms a step',
        'Teacher',
        'One step',
        'Alone',
      ].map((label) => ({ label, numeric })),
      ...['Loss alone', 'Drift at the end', 'Effective rank'].map((label) => ({ label, numeric })),
    ],
    rows,
    caption:
      'Shares of held-out targets that are right when read out of the teacher’s memory, of the network’s step from the teacher’s memory, and of the network’s own memory since its first. Depth: the longest chain of operations that wait for one another, up to the gradients; of DMT with the rollout. The optimizer’s update is left out: it is the same for all.',
  });
  return { heading: 'What the network remembers', text: description, blocks };
}

/** The held-out loss of the network on its own, against three costs. */
function describeTraining({ summary, parts }: RecurrentReportData): Section {
  const chart = (title: string, xLabel: string, x: 'step' | 'seconds' | 'depth'): Block => ({
    kind: 'figure',
    svg: lineChart({
      ...{ title, xLabel, yLabel: 'nats per target', width: HALF_WIDTH, height: 280 },
      series: summary.stages.map(({ stage, curve }) => ({
        name: STAGE_NAMES[stage],
        points: curve.map((point) => [point[x], point.rolledOutLoss ?? point.loss] as const),
      })),
    }),
    caption:
      x === 'seconds'
        ? 'Held-out loss of the network on its own. Time in steps alone: opening the graph and evaluations are left out.'
        : 'Held-out loss of the network rolled out on its own.',
  });
  const names = [...new Set(parts.map(({ name }) => name))];
  return {
    heading: 'Training',
    blocks: [
      chart('Loss by optimizer steps', 'optimizer steps', 'step'),
      chart('Loss by time', 'seconds in steps', 'seconds'),
      chart('Loss by sequential depth', 'operations in sequence', 'depth'),
      ...(names.length === 0
        ? []
        : ([
            {
              kind: 'multiples',
              svgs: names.map((name) =>
                lineChart({
                  ...{ title: name, xLabel: 'optimizer steps', yLabel: 'training loss' },
                  ...{ unlabelled: true, width: 240, height: 200 },
                  series: parts
                    .filter((part) => part.name === name)
                    .map(({ stage, points }) => ({ name: stage, points })),
                }),
              ),
              caption: 'What the training losses are made of. Panels have scales of their own.',
            },
          ] satisfies Block[])),
    ],
  };
}

function describeMemories({ summary, ranks }: RecurrentReportData): Section {
  const { stages, rollout, baselines } = summary;
  const blocks: Block[] = [
    ...gradientFigure(stages),
    ...driftFigure(stages),
    ...(ranks.length === 0
      ? []
      : ([
          {
            kind: 'figure',
            svg: lineChart({
              ...{ title: 'Effective rank of memories', xLabel: 'optimizer steps' },
              ...{ yLabel: 'directions', width: HALF_WIDTH, height: 300 },
              series: ranks.map(({ stage, name, points }) => ({
                name: `${stage} ${name}`,
                points,
              })),
            }),
            caption:
              'Directions in which memories vary (participation ratio); near 1 they have collapsed.',
          },
        ] satisfies Block[])),
  ];
  const along = rollout?.lossByPosition.filter((loss) => loss !== null).length ?? 0;
  if (rollout && along > 1) {
    blocks.push({
      kind: 'figure',
      wide: true,
      svg: lineChart({
        ...{ title: 'Loss along the rollout', xLabel: 'tokens read', yLabel: 'nats per target' },
        ...{ width: FULL_WIDTH, height: 300, unlabelled: true },
        series: [
          {
            name: 'alone',
            points: rollout.lossByPosition.map((loss, t) => [t + 1, loss] as const),
          },
        ],
        references: [
          { label: 'unigram', value: baselines?.unigramLoss ?? null },
          { label: 'bigram', value: baselines?.bigramLoss ?? null },
        ],
      }),
      caption: `Mean over ${rollout.sequences} held-out sequences; the network has only its own memory.`,
    });
  }
  return { heading: 'Memories', blocks };
}

/** Curves on a logarithmic axis: a gradient that vanishes falls by orders of magnitude. */
function gradientFigure(stages: readonly StageSummary[]): Block[] {
  const series = stages.flatMap(({ stage, gradients }) =>
    gradients
      ? [
          { name: `${STAGE_NAMES[stage]}, first step`, points: gradients.first, dashed: true },
          { name: `${STAGE_NAMES[stage]}, second half`, points: gradients.late },
        ]
      : [],
  );
  if (series.length === 0) return [];
  return [
    {
      kind: 'figure',
      svg: lineChart({
        ...{ title: 'Gradient against distance', xLabel: 'tokens to the end of the sequence' },
        ...{ yLabel: 'norm', logY: true, width: HALF_WIDTH, height: 300, series },
      }),
      caption:
        'Norm of the gradient with regard to a memory so many tokens before the end. BPTT: of the sequence’s whole loss, back through time. SMT: of what is decoded from that memory alone, which no time lies between; so only the shapes compare.',
    },
  ];
}

function driftFigure(stages: readonly StageSummary[]): Block[] {
  const series = stages.flatMap(({ stage, drift }) =>
    drift ? [{ name: `after ${STAGE_NAMES[stage]}`, points: drift }] : [],
  );
  if (series.length === 0) return [];
  return [
    {
      kind: 'figure',
      svg: lineChart({
        ...{ title: 'Drift along the rollout', xLabel: 'tokens read', yLabel: 'mean squared' },
        ...{ width: HALF_WIDTH, height: 300, series },
      }),
      caption: 'Mean squared difference of the network’s own memory to the teacher’s.',
    },
  ];
}

function describeSample({ sample }: RecurrentReportData): Section[] {
  if (!sample) return [];
  const blocks: Block[] = sample.picture
    ? [{ kind: 'figure', wide: true, svg: sample.picture }]
    : sample.texts.map(({ prompt, text }): Block => ({ kind: 'sample', prompt, text }));
  const text = {
    text: 'Text that the network wrote on its own; the prompt is marked.',
    image: 'Images that the network drew on its own, pixel by pixel, from a first pixel.',
    tokens: 'Token ids that the network wrote on its own, after a first one.',
  }[sample.shows];
  return [{ heading: 'Samples', text, blocks }];
}
