// The source part of a run's report: how the world was learned, the gate, and frames to look at.

import { describeShare, VERDICT_WORDS } from '../eval/index.ts';
import type { Learnable } from '../worlds/world.ts';
import { barChart, lineChart } from './charts.ts';
import { formatCompact, formatNumber, formatPercent, formatSigned } from './format.ts';
import { frameSheet } from './frames.ts';
import { FULL_WIDTH, HALF_WIDTH } from './page-style.ts';
import type { Block, Cell, FrameSheet, ReportGate, ReportSource, Section } from './types.ts';

/** Loss curves with the best predictors, the verdict with its reasons, loss and accuracy by frame, probes, pictures. */
export function describeSource(source: ReportSource): Section {
  const { name, world, gate, frames } = source;
  const { learnable = 'in-context', framed = true } = source;
  const blocks: Block[] = [
    describeGate(gate),
    ...(source.shipped ? [describeShipped(source.shipped)] : [drawCurves(source)]),
    baselineTable(gate),
    ...describeFrames(gate, framed),
    ...describeProbes(gate),
  ];
  if (frames?.rows.some((row) => row.frames.length > 0)) {
    blocks.push({
      kind: 'figure',
      wide: true,
      svg: frameSheet({ title: 'Frames of one held-out sequence', ...frames }),
      caption: captionPictures(frames),
    });
  }
  const heading = name === undefined ? 'Source world' : `Source of ${name}`;
  return { heading: `${heading}: ${world}`, text: INTRODUCTIONS[learnable], blocks };
}

function drawCurves(source: ReportSource): Block {
  const { trainCurve, curve, gate, learnable = 'in-context', freshRules = true } = source;
  return {
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
      references: listBest(gate),
      width: FULL_WIDTH,
      height: 330,
    }),
    caption:
      `Held out: ${describeHeldOut(learnable, freshRules)}. ` +
      'Dotted: the best predictor of each kind. Predictors know where delimiters stand; these curves count them.',
  };
}

/** Where a source comes from that was trained before the run. */
function describeShipped(shipped: NonNullable<ReportSource['shipped']>): Block {
  const { description, commit, tokens, sha256 } = shipped;
  return {
    kind: 'table',
    columns: [{ label: 'Shipped source' }, { label: '', numeric: false }],
    rows: [
      ['What it is', description],
      ['Trained on', `${formatCompact(tokens)} tokens`],
      ['By the code of commit', commit],
      ['SHA-256 of its weights', sha256],
    ],
    caption:
      'It comes with the package and was trained before this run. What the gate says of it was measured in this run.',
  };
}

function describeHeldOut(learnable: Learnable, freshRules: boolean): string {
  if (freshRules) return 'sequences under rules never trained on';
  return learnable === 'in-context'
    ? 'sequences never trained on, under rules of the pool that training draws from'
    : 'sequences never trained on';
}

/** What the gate asks for, by what the world has to teach. */
const INTRODUCTIONS: Record<Learnable, string> = {
  'in-context':
    'Every sequence has a rule of its own. A model that has learned dynamics infers it from the frames so far, and predicts held-out sequences better than every predictor that only counts what the sequence has shown. Accuracy that rises with the frame is no sign of that: counting tokens rises too.',
  fixed:
    'One law holds for all sequences. A model that has learned it predicts sequences it has never seen better than every predictor that only counts what followed what, in training sequences too.',
  frequencies:
    'A control: what a model can learn here is how often tokens occur and where delimiters stand. Nothing can be inferred from the context beyond frequencies, so the verdict is at most statistics.',
};

/** The color of a verdict. */
export function verdictTone({ verdict, control }: ReportGate): 'good' | 'bad' | 'note' {
  if (verdict === 'nothing') return 'bad';
  return verdict === 'dynamics' && !control ? 'good' : 'note';
}

function describeGate(gate: ReportGate): Block {
  return {
    kind: 'banner',
    tone: verdictTone(gate),
    heading: `Gate: ${gate.verdict}. The model ${VERDICT_WORDS[gate.verdict]}`,
    items: gate.reasons,
  };
}

function captionPictures({ rows }: FrameSheet): string {
  const single = rows.every(({ frames }) => frames.length <= 1);
  return single
    ? 'A whole sequence a picture, read from left to right and down. Each token is predicted from the true ones before it.'
    : 'Each predicted frame follows from the true frames before it. A dashed place has no prediction.';
}

function listBest({ bestGlobal, bestBlind, bestLookup }: ReportGate) {
  return [bestGlobal, bestBlind, bestLookup].flatMap((best) =>
    best === null ? [] : [{ label: best.name, value: best.loss }],
  );
}

const KINDS = {
  global: 'knows frequencies over all sequences',
  blind: 'counts, knows no dynamics',
  lookup: 'looks the neighborhood up, or knows the law',
} as const;

function baselineTable(gate: ReportGate): Block {
  const model: Cell[] = ['Model, held out', '', formatNumber(gate.loss), null];
  const rows = gate.baselines.map(({ name, kind, loss }): Cell[] => [
    name,
    KINDS[kind],
    formatNumber(loss),
    formatSigned(loss === null ? null : gate.loss - loss),
  ]);
  const share =
    gate.share === null || gate.bestBlind === null || gate.bestLookup === null
      ? ''
      : ` From ${gate.bestBlind.name} to ${gate.bestLookup.name} the model has gone ${describeShare(gate.share)}.`;
  return {
    kind: 'table',
    columns: [
      { label: 'Predictor' },
      { label: 'What it does' },
      { label: 'Loss, nats per target', numeric: true },
      { label: 'Model minus predictor, nats', numeric: true },
    ],
    rows: [model, ...rows],
    caption: `All on the same targets of held-out sequences; delimiters, whose places are known, have loss 0.${share}`,
  };
}

/** The model, and the predictors worth a line: the best of each kind, and the counts that once passed for dynamics. */
function listCurves({ byFrame, baselines, bestGlobal, bestBlind, bestLookup }: ReportGate) {
  const shown = new Set([bestGlobal, bestBlind, bestLookup].map((best) => best?.name));
  shown.add('in-context unigram');
  return [
    { name: 'model', values: byFrame },
    ...baselines
      .filter(({ name }) => shown.has(name))
      .map(({ name, byFrame: values }) => ({ name, values })),
  ];
}

function describeFrames(gate: ReportGate, framed: boolean): Block[] {
  const unit = framed ? 'frame' : 'chunk';
  const { firstFrame: first, accuracyByFrame, byFrame } = gate;
  if (byFrame.length === 0) return [];
  return [
    {
      kind: 'figure',
      wide: true,
      svg: lineChart({
        title: `Loss by ${unit}`,
        xLabel: unit,
        yLabel: 'nats per cell’s token',
        series: listCurves(gate).map(({ name, values }) => ({
          name,
          points: values.map((loss, i) => [first + i, loss]),
        })),
        wholeX: true,
        width: FULL_WIDTH,
        height: 330,
      }),
      caption: `All losses fall as more of a sequence is known. What counts is how far the model lies below what counting gives. Delimiters are left out.`,
    },
    {
      kind: 'figure',
      svg: barChart({
        title: `Accuracy by ${unit}`,
        xLabel: unit,
        yLabel: 'tokens predicted',
        categories: accuracyByFrame.map((_, i) => `${first + i}`),
        series: [{ name: 'model', values: accuracyByFrame }],
        percent: true,
        width: HALF_WIDTH,
        height: 300,
      }),
      caption: `Share of cells' tokens that the model predicted, by ${unit}.`,
    },
  ];
}

function describeProbes({ changed, seenRules, shuffledFrame, loss }: ReportGate): Block[] {
  const rows: Cell[][] = [];
  if (changed) {
    rows.push([
      `Cells that changed since the frame before (${formatPercent(changed.share)} of all): predicted`,
      formatPercent(changed.accuracy),
    ]);
  }
  if (seenRules) {
    rows.push(
      [
        `Loss on new initial states of rules seen in training (${seenRules.sequences} sequences)`,
        `${formatNumber(seenRules.loss)} ± ${formatNumber(seenRules.standardError)}`,
      ],
      ['Loss under rules never seen', formatNumber(loss)],
    );
  }
  if (shuffledFrame) {
    const { interval } = shuffledFrame;
    const span = interval
      ? ` (95 % ${formatSigned(interval[0])} to ${formatSigned(interval[1])})`
      : '';
    rows.push(
      ['Loss on the last whole frame, per cell’s token', formatNumber(shuffledFrame.loss)],
      [
        'The same where the frame before it is shuffled; a model of dynamics must lose',
        `${formatNumber(shuffledFrame.shuffledLoss)}: ${formatSigned(shuffledFrame.shuffledLoss - shuffledFrame.loss)}${span}`,
      ],
    );
  }
  if (rows.length === 0) return [];
  return [
    {
      kind: 'table',
      columns: [{ label: 'Probe of the model' }, { label: 'Figure', numeric: true }],
      rows,
      caption: 'Losses in nats; ±: one standard error over sequences.',
    },
  ];
}
