// The source part of a run's report: how the world was learnt, the gate, and frames to look at.

import type { Learnable } from '../worlds/world.ts';
import { barChart, lineChart } from './charts.ts';
import { formatNumber, formatSigned } from './format.ts';
import { frameSheet } from './frames.ts';
import { FULL_WIDTH, HALF_WIDTH } from './page-style.ts';
import type { Block, Cell, FrameSheet, ReportGate, ReportSource, Section } from './types.ts';

/** Loss curves with the baselines, the gate with its reasons, accuracy and loss by frame, pictures. */
export function describeSource(source: ReportSource): Section {
  const { world, trainCurve, curve, gate, frames } = source;
  const { learnable = 'in-context', freshRules = true, framed = true } = source;
  const copyWords = framed ? ' Copy: the guess that a frame repeats the one before.' : '';
  const blocks: Block[] = [
    describeGate(gate),
    {
      kind: 'figure',
      wide: true,
      svg: lineChart({
        title: 'Loss on the source world',
        xLabel: 'source tokens',
        yLabel: 'nats per token',
        series: [
          { name: 'held out', points: curve },
          { name: 'training', points: trainCurve, faint: true },
        ],
        references: baselines(gate),
        width: FULL_WIDTH,
        height: 330,
      }),
      caption: `Held out: ${freshRules ? 'sequences under rules never trained on' : 'sequences never trained on'}. Unigram: the best guess that ignores the context.${copyWords}`,
    },
    gateTable(gate),
    ...describeFrames(gate, learnable, framed),
  ];
  if (frames?.rows.some((row) => row.frames.length > 0)) {
    blocks.push({
      kind: 'figure',
      wide: true,
      svg: frameSheet({ title: 'Frames of one held-out sequence', ...frames }),
      caption: captionPictures(frames),
    });
  }
  return {
    heading: `Source world: ${world}`,
    text: INTRODUCTIONS[learnable],
    blocks,
  };
}

/** What the gate asks for, by what the world has to teach. */
const INTRODUCTIONS: Record<Learnable, string> = {
  'in-context':
    'Before any transfer is believed, the model must infer from a held-out sequence which rule it follows: predict it better than its baselines, and better the more of a sequence it has read.',
  fixed:
    'Before any transfer is believed, the model must predict sequences it has never seen better than its baselines. One law holds for all of them, so nothing is asked of how accuracy changes along a sequence.',
  frequencies:
    'A control: what a model can learn here is how often tokens occur and where delimiters stand. Nothing can be inferred from the context beyond frequencies, so the gate asks nothing.',
};

function describeGate({ passed, control = false, reasons }: ReportGate): Block {
  if (control) {
    const heading = 'Control: the gate does not apply';
    return { kind: 'banner', tone: 'note', heading, items: reasons };
  }
  return {
    kind: 'banner',
    tone: passed ? 'good' : 'bad',
    heading: passed
      ? 'Gate passed: the model learned the source world'
      : 'GATE FAILED: the model did not learn the source world',
    items: reasons,
  };
}

function captionPictures({ rows }: FrameSheet): string {
  const single = rows.every(({ frames }) => frames.length <= 1);
  return single
    ? 'A whole sequence a picture, read from left to right and down. Each token is predicted from the true ones before it.'
    : 'Each predicted frame follows from the true frames before it. A dashed place has no prediction.';
}

function baselines(gate: ReportGate) {
  const copy = gate.copyLoss === null ? [] : [{ label: 'copy', value: gate.copyLoss }];
  return [{ label: 'unigram', value: gate.unigramLoss }, ...copy];
}

function gateTable(gate: ReportGate): Block {
  const rows: Cell[][] = [
    ['Model, held out', gate.heldOutLoss, null] as const,
    ['Unigram', gate.unigramLoss, gate.heldOutLoss] as const,
    ['Copy of the frame before', gate.copyLoss, gate.heldOutLoss] as const,
  ]
    .slice(0, gate.copyLoss === null ? 2 : 3)
    .map(([name, loss, model]) => [
      name,
      formatNumber(loss),
      formatSigned(loss === null || model === null ? null : model - loss),
    ]);
  return {
    kind: 'table',
    columns: [
      { label: 'Predictor' },
      { label: 'Loss, nats per token', numeric: true },
      { label: 'Model minus baseline, nats', numeric: true },
    ],
    rows,
  };
}

function describeFrames(gate: ReportGate, learnable: Learnable, framed: boolean): Block[] {
  const unit = framed ? 'frame' : 'chunk';
  const blocks: Block[] = [];
  const first = gate.firstFrame ?? 0;
  const { accuracyByFrame, copyAccuracyByFrame = [], lossByFrame = [] } = gate;
  const count = Math.max(accuracyByFrame.length, copyAccuracyByFrame.length);
  const fill = (values: readonly (number | null)[]) =>
    Array.from({ length: count }, (_, i) => values[i] ?? null);
  if (count > 0) {
    blocks.push({
      kind: 'figure',
      svg: barChart({
        title: `Accuracy by ${unit}`,
        xLabel: unit,
        yLabel: 'tokens predicted',
        categories: Array.from({ length: count }, (_, i) => `${first + i}`),
        series: [
          { name: 'model', values: fill(accuracyByFrame) },
          ...(framed ? [{ name: 'copy', values: fill(copyAccuracyByFrame) }] : []),
        ],
        percent: true,
        width: lossByFrame.length > 0 ? HALF_WIDTH : FULL_WIDTH,
        height: 300,
      }),
      caption:
        learnable === 'in-context'
          ? `Accuracy that rises with the ${unit} is inference of the rule in context.`
          : `Share of tokens predicted by ${unit}.`,
    });
  }
  if (lossByFrame.length > 0) {
    blocks.push({
      kind: 'figure',
      svg: lineChart({
        title: `Loss by ${unit}`,
        xLabel: unit,
        yLabel: 'nats per token',
        series: [{ name: 'model', points: lossByFrame.map((loss, i) => [first + i, loss]) }],
        references: baselines(gate),
        width: count > 0 ? HALF_WIDTH : FULL_WIDTH,
        height: 300,
      }),
      caption:
        learnable === 'in-context'
          ? 'The same in nats: a loss that falls as more of the sequence has been read.'
          : 'The same in nats.',
    });
  }
  return blocks;
}
