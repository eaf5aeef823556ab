// The source part of a run's report: how the world was learnt, the gate, and frames to look at.

import { barChart, lineChart } from './charts.ts';
import { formatNumber, formatSigned } from './format.ts';
import { frameSheet } from './frames.ts';
import { FULL_WIDTH, HALF_WIDTH } from './page-style.ts';
import type { Block, Cell, ReportGate, ReportSource, Section } from './types.ts';

/** Loss curves with the baselines, the gate with its reasons, accuracy and loss by frame, pictures. */
export function describeSource({ world, trainCurve, curve, gate, frames }: ReportSource): Section {
  const blocks: Block[] = [
    {
      kind: 'banner',
      tone: gate.passed ? 'good' : 'bad',
      heading: gate.passed
        ? 'Gate passed: the model learned the source world'
        : 'GATE FAILED: the model did not learn the source world',
      items: gate.reasons,
    },
    {
      kind: 'figure',
      wide: true,
      svg: lineChart({
        title: 'Loss on the source world',
        xLabel: 'source tokens',
        yLabel: 'nats a token',
        series: [
          { name: 'held out', points: curve },
          { name: 'training', points: trainCurve, faint: true },
        ],
        references: baselines(gate),
        width: FULL_WIDTH,
        height: 330,
      }),
      caption:
        'Held out: sequences under rules never trained on. Unigram: the best guess that ignores the context. Copy: the guess that a frame repeats the one before.',
    },
    gateTable(gate),
    ...describeFrames(gate),
  ];
  if (frames?.rows.some((row) => row.frames.length > 0)) {
    blocks.push({
      kind: 'figure',
      wide: true,
      svg: frameSheet({ title: 'Frames of one held-out sequence', ...frames }),
      caption:
        'Each predicted frame follows from the true frames before it. A dashed place has no prediction.',
    });
  }
  return {
    heading: `Source world: ${world}`,
    text: 'Before any transfer is believed, the model must predict sequences under rules it has never seen: better than its baselines, and better the more frames it has read.',
    blocks,
  };
}

function baselines(gate: ReportGate) {
  return [
    { label: 'unigram', value: gate.unigramLoss },
    { label: 'copy', value: gate.copyLoss },
  ];
}

function gateTable(gate: ReportGate): Block {
  const rows: Cell[][] = [
    ['Model, held out', gate.heldOutLoss, null] as const,
    ['Unigram', gate.unigramLoss, gate.heldOutLoss] as const,
    ['Copy of the frame before', gate.copyLoss, gate.heldOutLoss] as const,
  ].map(([name, loss, model]) => [
    name,
    formatNumber(loss),
    formatSigned(loss === null || model === null ? null : model - loss),
  ]);
  return {
    kind: 'table',
    columns: [
      { label: 'Predictor' },
      { label: 'Loss, nats a token', numeric: true },
      { label: 'Model minus baseline, nats', numeric: true },
    ],
    rows,
  };
}

function describeFrames(gate: ReportGate): Block[] {
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
        title: 'Accuracy by frame',
        xLabel: 'frame',
        yLabel: 'tokens predicted',
        categories: Array.from({ length: count }, (_, i) => `${first + i}`),
        series: [
          { name: 'model', values: fill(accuracyByFrame) },
          { name: 'copy', values: fill(copyAccuracyByFrame) },
        ],
        percent: true,
        width: lossByFrame.length > 0 ? HALF_WIDTH : FULL_WIDTH,
        height: 300,
      }),
      caption: 'Accuracy that rises with the frame is inference of the rule in context.',
    });
  }
  if (lossByFrame.length > 0) {
    blocks.push({
      kind: 'figure',
      svg: lineChart({
        title: 'Loss by frame',
        xLabel: 'frame',
        yLabel: 'nats a token',
        series: [{ name: 'model', points: lossByFrame.map((loss, i) => [first + i, loss]) }],
        references: baselines(gate),
        width: count > 0 ? HALF_WIDTH : FULL_WIDTH,
        height: 300,
      }),
      caption: 'The same in nats: a loss that falls as more of the sequence has been read.',
    });
  }
  return blocks;
}
