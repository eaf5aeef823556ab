// What the gate found of a model: verdict, predictors, loss and accuracy by frame, probes, pictures.

import { formatNumber, formatPercent, formatSigned } from '../chart/format.ts';
import type { Reference } from '../chart/index.ts';
import { describeShare, type GateResult, VERDICT_WORDS, type Verdict } from '../eval/index.ts';
import type { Learnable } from '../worlds/world.ts';
import { frameSheet } from './frames.ts';
import type { JudgedModel, WorldFacts } from './training-data.ts';
import type { Block, Cell, FrameSheet } from './types.ts';

/** The name of the curve of the model's held-out loss; the model has its color in all charts of a gate. */
export const HELD_OUT = 'held out';

/** The banner of the verdict with its reasons, the predictors, loss and accuracy by frame, probes, pictures. */
export function describeGate({ gate, world, frames, origin }: JudgedModel): {
  banner: Block;
  findings: Block[];
} {
  const heading = `Gate: ${gate.verdict}. The model ${VERDICT_WORDS[gate.verdict]}`;
  const findings: Block[] = [
    baselineTable(gate),
    ...describeFrames(gate, world?.framed ?? true),
    ...describeProbes(gate),
  ];
  if (frames?.rows.some((row) => row.frames.length > 0)) {
    findings.push({
      kind: 'figure',
      wide: true,
      svg: frameSheet(frames),
      caption: [captionPictures(frames), ...(origin ? [origin] : [])].join(' '),
    });
  }
  return {
    banner: { kind: 'banner', tone: verdictTone(gate), heading, items: gate.reasons },
    findings,
  };
}

/** Which sequences are held out, in a sentence. */
export function describeHeldOut({ freshRules, learnable }: WorldFacts): string {
  if (freshRules) return 'Held out: sequences under rules never trained on.';
  return learnable === 'in-context'
    ? 'Held out: sequences never trained on, under rules of the pool that training draws from.'
    : 'Held out: sequences never trained on.';
}

/** What a transfer from a model with such a verdict can show. */
export const TRANSFER_LIMITS: Record<Verdict, string> = {
  nothing:
    'Whatever differs after a transfer does not come from its world, of which nothing was learned.',
  statistics:
    'What differs after a transfer can come from learned statistics, from the scale of the weights or from chance; it says nothing about dynamics, and neither does a null result.',
  dynamics:
    'Dynamics were learned; whether they help takes controls: shuffled sequences, permuted weights, other structure.',
};

/** What the gate asks for, by what the world has to teach. */
export const GATE_INTRODUCTIONS: Record<Learnable, string> = {
  'in-context':
    'Every sequence has a rule of its own. A model that has learned dynamics infers it from the frames so far, and predicts held-out sequences better than every predictor that only counts what the sequence has shown. Accuracy that rises with the frame is no sign of that: counting tokens rises too.',
  fixed:
    'One law holds for all sequences. A model that has learned it predicts sequences it has never seen better than every predictor that only counts what followed what, in training sequences too.',
  frequencies:
    'A control: what a model can learn here is how often tokens occur and where delimiters stand. Nothing can be inferred from the context beyond frequencies, so the verdict is at most statistics.',
};

/** The color of a verdict. */
export function verdictTone({ verdict, control }: GateResult): 'good' | 'bad' | 'note' {
  if (verdict === 'nothing') return 'bad';
  return verdict === 'dynamics' && !control ? 'good' : 'note';
}

function captionPictures({ rows }: FrameSheet): string {
  const single = rows.every(({ frames }) => frames.length <= 1);
  return single
    ? 'A whole sequence a picture, read from left to right and down. Each token is predicted from the true ones before it.'
    : 'Each predicted frame follows from the true frames before it. In “wrong cells”, what is light was predicted wrongly. A dashed place has no prediction.';
}

/** The best predictor of each kind, to compare a curve with. */
export function listBest({ bestGlobal, bestBlind, bestLookup }: GateResult): Reference[] {
  return [bestGlobal, bestBlind, bestLookup].flatMap((best) =>
    best === null ? [] : [{ label: best.name, value: best.loss }],
  );
}

const KINDS = {
  global: 'knows frequencies over all sequences',
  blind: 'counts, knows no dynamics',
  lookup: 'looks the neighborhood up, or knows the law',
} as const;

function baselineTable(gate: GateResult): Block {
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
function listCurves({ byFrame, baselines, bestGlobal, bestBlind, bestLookup }: GateResult) {
  const shown = new Set([bestGlobal, bestBlind, bestLookup].map((best) => best?.name));
  shown.add('in-context unigram');
  return [
    { name: 'model', colorOf: HELD_OUT, values: byFrame },
    ...baselines
      .filter(({ name }) => shown.has(name))
      .map(({ name, byFrame: values }) => ({ name, colorOf: name, values })),
  ];
}

function describeFrames(gate: GateResult, framed: boolean): Block[] {
  const unit = framed ? 'frame' : 'chunk';
  const { firstFrame: first, accuracyByFrame, byFrame } = gate;
  if (byFrame.length === 0) return [];
  return [
    {
      kind: 'figure',
      wide: true,
      chart: {
        kind: 'line',
        title: `Loss by ${unit}`,
        xLabel: unit,
        yLabel: 'nats per cell’s token',
        series: listCurves(gate).map(({ name, colorOf, values }) => ({
          name,
          colorOf,
          points: values.map((loss, i) => [first + i, loss]),
        })),
        wholeX: true,
        height: 330,
      },
      caption: `All losses fall as more of a sequence is known. What counts is how far the model lies below what counting gives. Delimiters are left out.`,
    },
    {
      kind: 'figure',
      chart: {
        kind: 'bar',
        title: `Accuracy by ${unit}`,
        xLabel: unit,
        yLabel: 'tokens predicted',
        categories: accuracyByFrame.map((_, i) => `${first + i}`),
        series: [{ name: 'model', colorOf: HELD_OUT, values: accuracyByFrame }],
        percent: true,
        height: 300,
      },
      caption: `Share of cells' tokens that the model predicted, by ${unit}.`,
    },
  ];
}

function describeProbes({ changed, seenRules, shuffledFrame, loss }: GateResult): Block[] {
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
    const { loss: before, shuffledLoss: after } = shuffledFrame;
    rows.push(
      ['Loss on the last whole frame, per cell’s token', formatNumber(before)],
      ['The same where the frame before it is shuffled', formatNumber(after)],
      [
        'What shuffling adds; to a model of dynamics it must add something',
        `${formatSigned(after - before)}${span}`,
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
