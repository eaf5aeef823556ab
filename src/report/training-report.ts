// The report of a training run: what it found, its stages, what the model does along sequences, samples, and what it
// takes to repeat it. Sections follow from what there is.

import { formatCompact, formatNumber } from '../chart/format.ts';
import { plural } from '../core/index.ts';
import { VERDICT_WORDS } from '../eval/index.ts';
import { formatDuration } from './format.ts';
import { TRANSFER_LIMITS, verdictTone } from './gate-section.ts';
import { findMetric, formatMeasure, SHARE } from './metric-info.ts';
import { describeOrigin, describeProvenance } from './provenance-section.ts';
import { describePositions, describeRollout, writeRolloutResult } from './rollout-section.ts';
import { describeSample } from './sample-section.ts';
import { describeStages } from './stage-section.ts';
import { type JudgedModel, listJudged, type TrainingReportData } from './training-data.ts';
import type { Block, Cell, ReportPage, Section } from './types.ts';

/** A run, finished or not, as a page. Losses are in nats per target, frames are counted from 0. */
export function buildTrainingPage(data: TrainingReportData): ReportPage {
  const { summary, sample } = data;
  return {
    title: `Training run ${summary.name}`,
    ...describeOrigin(data),
    subtitle: writeHeadline(data),
    facts: listFacts(data),
    sections: [
      describeResult(data),
      ...describeStages(data),
      ...describePositions(summary),
      ...(sample
        ? [
            describeSample(sample, {
              subject: `the finished model of stage ${summary.stages.at(-1)!.name}`,
              label: `run ${data.folder ?? summary.name}, stage ${summary.stages.at(-1)!.name}, seed ${summary.seed}`,
            }),
          ]
        : []),
      describeProvenance(data),
    ],
    footer: 'Written by Primordia. Losses are natural-log cross-entropy, in nats per target.',
  };
}

/** What was learned of worlds, then how the finished model does, or how far the run is. */
function writeHeadline(data: TrainingReportData): string {
  const { summary } = data;
  const last = summary.stages.at(-1)!;
  const result = writeRolloutResult(summary);
  const refused = summary.stages.find((stage) => stage.refused);
  const current = summary.stages.findLast(({ steps }) => steps > 0);
  return [
    ...listJudged(data).map(writeGateResult),
    ...(result === null ? [] : [result]),
    ...(last.loss !== null && result === null && last.gate === null
      ? [`Held-out loss of stage ${last.name}: ${writeLoss(last.loss, last.bitsPerByte)}.`]
      : []),
    ...(refused ? [`Stage ${refused.name} was not begun: requireGate asks for more.`] : []),
    ...(last.finished || refused
      ? []
      : [
          current
            ? `Not finished: ${plural(current.steps, 'step')} of stage ${current.name} done.`
            : 'No results yet.',
        ]),
  ].join(' ');
}

function writeLoss(loss: number, bitsPerByte: number | null): string {
  const bits = bitsPerByte === null ? '' : `, ${formatNumber(bitsPerByte)} bits per byte`;
  return `${formatNumber(loss)} nats per target${bits}`;
}

function writeGateResult(judged: JudgedModel): string {
  const { gate, world } = judged;
  const against =
    gate.bestBlind === null
      ? ''
      : `, against ${formatNumber(gate.bestBlind.loss)} of the best predictor that knows no dynamics`;
  return `${writeVerdict(judged)}${world ? ` (${world.description})` : ''}: ${formatNumber(gate.loss)} nats per target, held out${against}.`;
}

/** `The model of stage source has learned the dynamics of its world` */
function writeVerdict({ subject, gate }: JudgedModel): string {
  return `${subject}${gate.control ? ', of a control,' : ''} ${VERDICT_WORDS[gate.verdict]}`;
}

/** The cards under the headline; what is not known has none. */
function listFacts(data: TrainingReportData): [string, string][] {
  const { summary, model } = data;
  const begun = summary.stages.filter(({ steps }) => steps > 0);
  const list = (write: (stage: (typeof begun)[number]) => string) =>
    begun.length === 1
      ? write(begun[0]!)
      : begun.map((stage) => `${stage.name} ${write(stage)}`).join(', ');
  return [
    ['Model', model],
    ['Seed', `${summary.seed}`],
    ...listJudged(data).map(({ name, gate }): [string, string] => [
      `Gate (${name})`,
      gate.control ? `${gate.verdict} (control)` : gate.verdict,
    ]),
    ...(begun.length === 0
      ? []
      : ([
          ['Steps', list(({ steps }) => formatCompact(steps))],
          ['Tokens', list(({ tokens }) => formatCompact(tokens))],
        ] satisfies [string, string][])),
    ['Time', formatDuration(summary.seconds)],
  ];
}

function describeResult(data: TrainingReportData): Section {
  const { summary, description } = data;
  return {
    heading: 'What this run can show',
    ...(description === '' ? {} : { text: description }),
    blocks: [
      ...listJudged(data).map(describeVerdict),
      ...describeRollout(summary),
      {
        kind: 'banner',
        tone: 'note',
        heading:
          'A single run shows that training works; whether a stage before it, a model or an algorithm helped takes a study with controls.',
      },
      tableStages(data),
      ...tableMeasures(data),
      ...tableStarts(data),
    ],
  };
}

function describeVerdict(judged: JudgedModel): Block {
  const { gate, world, usedBy, refused } = judged;
  return {
    kind: 'banner',
    tone: verdictTone(gate),
    heading: `${writeVerdict(judged)}${world ? `: ${world.description}` : ''}`,
    items: [
      ...gate.reasons,
      ...(refused
        ? [`requireGate asks for more: stage ${usedBy.join(', ')} was not begun.`]
        : usedBy.length > 0
          ? [TRANSFER_LIMITS[gate.verdict]]
          : []),
    ],
  };
}

const numeric = true;

function tableStages({ summary, stages }: TrainingReportData): Block {
  const hasBits = summary.stages.some(({ bitsPerByte }) => bitsPerByte !== null);
  const compact = (value: number | null) => (value === null ? '–' : formatCompact(value));
  return {
    kind: 'table',
    columns: [
      ...['Stage', 'Data', 'Algorithm'].map((label) => ({ label })),
      ...['Steps', 'Tokens', 'Parameters', 'Depth per step', 'ms per step', 'Held-out loss'].map(
        (label) => ({ label, numeric }),
      ),
      ...(hasBits ? [{ label: 'Bits per byte', numeric }] : []),
    ],
    rows: summary.stages.map((stage, i): Cell[] => [
      stage.name,
      stages[i]!.data,
      stage.algorithm,
      stage.finished ? `${stage.steps}` : `${stage.steps}, not finished`,
      formatCompact(stage.tokens),
      compact(stage.parameters),
      compact(stage.depth),
      formatNumber(stage.stepMs, 1),
      formatNumber(stage.loss),
      ...(hasBits ? [formatNumber(stage.bitsPerByte)] : []),
    ]),
    caption:
      'Parameters: numbers that a step trains. Depth: the longest chain of operations of a step that wait for one another, up to the gradients; the optimizer’s update is left out, which is the same for all. Losses are of the finished stage, in nats per target.',
  };
}

/** What the algorithms measured at the end of stages. */
function tableMeasures({ summary, stages }: TrainingReportData): Block[] {
  const measured = summary.stages.filter(({ measures }) => Object.keys(measures).length > 0);
  const names = [...new Set(measured.flatMap(({ measures }) => Object.keys(measures)))];
  if (names.length === 0) return [];
  const known = Object.assign({}, ...stages.map(({ metrics }) => metrics));
  return [
    {
      kind: 'table',
      columns: [
        { label: 'Measure at the end' },
        ...measured.map(({ name }) => ({ label: name, numeric })),
        { label: 'Unit' },
        { label: 'What it is' },
      ],
      rows: names.map((name): Cell[] => {
        const info = findMetric(known, name);
        return [
          info.title,
          ...measured.map(({ measures }) => formatMeasure(measures[name], info)),
          info.unit === SHARE ? '' : info.unit,
          info.description,
        ];
      }),
    },
  ];
}

/** What stages began with that comes from elsewhere. */
function tableStarts({ summary }: TrainingReportData): Block[] {
  const names = summary.stages.map(({ name }) => name);
  const rows = summary.stages.flatMap(({ name, start }): Cell[][] => {
    if (!start || names.includes(start.from)) return [];
    const { from, shipped, tokens } = start;
    return [
      [
        name,
        from,
        shipped?.description ?? '–',
        tokens === null ? '–' : formatCompact(tokens),
        shipped?.commit ?? '–',
        shipped?.sha256 ?? '–',
      ],
    ];
  });
  if (rows.length === 0) return [];
  return [
    {
      kind: 'table',
      columns: [
        { label: 'Stage' },
        { label: 'Begins with' },
        { label: 'What it is' },
        { label: 'Tokens before', numeric },
        { label: 'Commit' },
        { label: 'SHA-256 of its weights' },
      ],
      rows,
      caption:
        'Trained before this run. What the gate says of a shipped source was measured in this run.',
    },
  ];
}
