// A corpus of a study: differences to the baseline as intervals, as a table and over training, and every run.

import type {
  Difference,
  Estimate,
  StudyArm,
  StudyContrast,
  StudyCorpus,
  StudySummary,
} from '../run/index.ts';
import { lineChart } from './charts.ts';
import { formatNumber, formatSigned } from './format.ts';
import { intervalChart } from './interval-chart.ts';
import { FULL_WIDTH, PANEL_WIDTH } from './page-style.ts';
import { extentOf, padExtent } from './points.ts';
import { findSide, formatInterval, formatP, standsAdjusted } from './study-verdict.ts';
import type { Block, Cell, Column, IntervalRow, Section } from './types.ts';

export function describeCorpus(corpus: StudyCorpus, summary: StudySummary): Section {
  const { baseline } = summary;
  const { arms, name } = corpus;
  const contrasts = summary.contrasts.filter((contrast) => contrast.corpus === name);
  const blocks: Block[] = [
    ...differenceFigure(arms, baseline),
    armTable(arms, baseline),
    ...contrastBlocks(contrasts, arms),
    ...gapPanels(arms, baseline),
    seedTable(arms, summary.seeds),
  ];
  return {
    heading: `Corpus: ${name}`,
    text: `Every arm trains on the same text in the same order for the same number of tokens, under each seed with the same initial weights where it brings none; they differ in what came before. Differences are to “${baseline}” under the same seed.`,
    blocks,
  };
}

const HOW_TO_READ =
  'Point: mean over paired seeds; line: its 95 % interval. Left of zero is better. Grey: the interval holds zero. Filled: it stands also when adjusted for all comparisons of this study. Arrow: beyond the axis.';

function differenceFigure(arms: readonly StudyArm[], baseline: string): Block[] {
  const others = arms.filter(({ name }) => name !== baseline);
  if (others.length === 0) return [];
  return [
    {
      kind: 'figure',
      wide: true,
      svg: intervalChart({
        title: `Final held-out loss: difference to ${baseline}`,
        xLabel: 'nats per token',
        rows: others.map((arm) => intervalRow(arm.name, arm.difference, arm.excluded)),
        width: FULL_WIDTH,
      }),
      caption: HOW_TO_READ,
    },
  ];
}

function intervalRow(label: string, difference: Difference | null, excluded: boolean): IntervalRow {
  if (excluded) return { label, mean: null, interval: null, note: LEFT_OUT, alert: true };
  if (difference === null) return { label, mean: null, interval: null };
  const { mean, interval } = difference;
  const strong = standsAdjusted(difference);
  return { label, mean, interval, strong, ...(interval === null ? { note: '(one seed)' } : {}) };
}

/** Of an arm whose source has learned less than the study requires. */
const LEFT_OUT = 'LEFT OUT: gate';

/** What an arm's sources have learned, as a word of a table. */
function nameGate({ gate, excluded }: StudyArm): string {
  const word = gate === 'none' ? '–' : gate;
  return excluded ? `${word}: LEFT OUT` : word;
}

function armTable(arms: readonly StudyArm[], baseline: string): Block {
  const columns: Column[] = [
    { label: 'Arm', unbroken: true },
    { label: 'Begins with' },
    { label: 'Gate' },
    ...[
      'Loss ± spread, nats',
      `Difference to ${baseline}`,
      '95 % interval',
      'p, adjusted',
      'Speed-up',
      'With source tokens',
      'Bits a byte',
    ].map((label): Column => ({ label, numeric: true })),
  ];
  const rows = arms.map((arm): Cell[] => [
    arm.name,
    arm.from ?? 'random',
    nameGate(arm),
    formatLoss(arm),
    formatSigned(arm.difference?.mean, 4),
    formatInterval(arm.difference?.interval),
    formatP(arm.difference?.adjustedP),
    formatTimes(arm.speedUp),
    formatTimes(arm.speedUpWithSource),
    formatNumber(arm.bitsPerByte),
  ]);
  return {
    kind: 'table',
    columns,
    rows,
    caption:
      `Means over seeds; spread is the standard deviation. Speed-up: ${baseline}'s tokens divided by those at which ` +
      `the arm reaches ${baseline}'s final loss, also with the tokens of its source counted as the arm's; a dash ` +
      'where a seed does not get there. Gate: the least that its sources have learned; an arm that is LEFT OUT, because ' +
      'requireGate asks for more, has no means.',
  };
}

function formatLoss({ loss, spread }: StudyArm): string {
  if (loss === null) return '–';
  return spread === null ? formatNumber(loss) : `${formatNumber(loss)} ± ${formatNumber(spread)}`;
}

function formatTimes(estimate: Estimate | null): string {
  return estimate === null ? '–' : `${formatNumber(estimate.mean, 2)}×`;
}

const SIDES = {
  below: 'the first is lower',
  above: 'the first is higher',
  'holds zero': 'not told apart',
  unknown: '–',
} as const;

function nameResult(difference: Difference | null): string {
  const side = findSide(difference);
  const isShown = side === 'below' || side === 'above';
  return `${SIDES[side]}${isShown && !standsAdjusted(difference) ? '; not adjusted' : ''}`;
}

function contrastBlocks(contrasts: readonly StudyContrast[], arms: readonly StudyArm[]): Block[] {
  if (contrasts.length === 0) return [];
  const isExcluded = ({ arm, against }: StudyContrast) =>
    arms.some(({ name, excluded }) => excluded && (name === arm || name === against));
  const label = ({ arm, against }: StudyContrast) => `${arm} − ${against}`;
  return [
    {
      kind: 'figure',
      wide: true,
      svg: intervalChart({
        title: 'Contrasts: one arm minus another',
        xLabel: 'nats per token',
        rows: contrasts.map((contrast) =>
          intervalRow(label(contrast), contrast.difference, isExcluded(contrast)),
        ),
        width: FULL_WIDTH,
      }),
      caption: `Final held-out loss under the same seed. ${HOW_TO_READ}`,
    },
    {
      kind: 'table',
      columns: [
        { label: 'Contrast', unbroken: true },
        { label: 'Difference, nats', numeric: true },
        { label: '95 % interval', numeric: true },
        { label: 'p, adjusted', numeric: true },
        { label: 'By its interval', unbroken: true },
      ],
      rows: contrasts.map((contrast) => [
        label(contrast),
        formatSigned(contrast.difference?.mean, 4),
        formatInterval(contrast.difference?.interval),
        formatP(contrast.difference?.adjustedP),
        isExcluded(contrast) ? LEFT_OUT : nameResult(contrast.difference),
      ]),
    },
  ];
}

/** Before this share of the tokens gaps are often too large for the scale of the rest. */
const SETTLED = 0.25;

function gapPanels(arms: readonly StudyArm[], baseline: string): Block[] {
  const shown = arms.filter(({ gap }) => gap.length > 1);
  if (shown.length === 0) return [];
  return [
    {
      kind: 'multiples',
      svgs: shown.map(({ name, gap }) => {
        const band = gap.flatMap(({ tokens, interval }) =>
          interval === null ? [] : [[tokens, interval[0], interval[1]] as const],
        );
        return lineChart({
          title: name,
          xLabel: 'text tokens',
          yLabel: `nats, minus ${baseline}`,
          series: [{ name, points: gap.map(({ tokens, mean }) => [tokens, mean]), band }],
          references: [{ label: baseline, value: 0 }],
          yRange: settledRange(gap),
          unlabelled: true,
          width: PANEL_WIDTH,
          height: 190,
        });
      }),
      caption:
        `Gap to ${baseline} over training, mean over paired seeds with its 95 % band at each evaluation. ` +
        'Below the dotted zero the arm is ahead. Each panel has a scale of its own, set by what follows the first ' +
        'quarter; what lies outside is cut off.',
    },
  ];
}

function settledRange(gap: StudyArm['gap']): [number, number] {
  const from = SETTLED * gap.at(-1)!.tokens;
  const settled = gap.filter(({ tokens }) => tokens >= from);
  const values = settled.flatMap(({ mean, interval }) => [mean, ...(interval ?? [])]);
  return padExtent(extentOf([0, ...values])!, 0.08);
}

function seedTable(arms: readonly StudyArm[], seeds: readonly number[]): Block {
  return {
    kind: 'table',
    columns: [
      { label: 'Arm', unbroken: true },
      ...seeds.map((seed): Column => ({ label: `Seed ${seed}`, numeric: true })),
    ],
    rows: arms.map(({ name, excluded, runs }) => [
      excluded ? `${name} (LEFT OUT)` : name,
      ...seeds.map((seed) => formatNumber(runs.find((run) => run.seed === seed)?.textLoss, 4)),
    ]),
    caption: 'Final held-out loss of every run, nats per token; a dash where it is not done.',
  };
}
