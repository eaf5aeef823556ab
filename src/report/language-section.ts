// The language part of a run's report: arms against scratch, as curves and as a table.

import { type ArmComparison, BASELINE, gapCurves } from '../run/index.ts';
import { lineChart } from './charts.ts';
import { formatNumber, formatSigned, formatSignedPercent } from './format.ts';
import { FULL_WIDTH, HALF_WIDTH } from './page-style.ts';
import type { Block, Cell, Column, ReportArm, Section } from './types.ts';

/** Loss curves, gaps to scratch under the same seed, final losses; `summaries` are those of `arms`. */
export function describeLanguage(
  arms: readonly ReportArm[],
  summaries: readonly ArmComparison[],
): Section {
  const colorOrder = armOrder(summaries);
  const gaps = gapCurves(arms);
  const blocks: Block[] = [
    {
      kind: 'figure',
      svg: lineChart({
        title: 'Held-out text loss',
        xLabel: 'text tokens',
        yLabel: 'nats per token',
        series: arms.map(({ name, curve }) => ({ name, points: curve })),
        colorOrder,
        width: gaps.length > 0 ? HALF_WIDTH : FULL_WIDTH,
        height: 330,
      }),
      caption: 'Text never trained on, at equal numbers of text tokens. Lower is better.',
    },
  ];
  if (gaps.length > 0) {
    blocks.push({
      kind: 'figure',
      svg: lineChart({
        title: `Difference to ${BASELINE}`,
        xLabel: 'text tokens',
        yLabel: 'nats per token',
        series: gaps,
        references: [{ label: BASELINE, value: 0 }],
        colorOrder,
        width: HALF_WIDTH,
        height: 330,
      }),
      caption: `Each arm minus ${BASELINE} under the same seed. Below zero the arm is ahead.`,
    });
  }
  blocks.push(compareTable(summaries));
  if (new Set(arms.map(({ seed }) => seed)).size > 1) blocks.push(seedTable(arms));
  if (arms.some(({ trainCurve }) => trainCurve.length > 0)) {
    blocks.push({
      kind: 'figure',
      wide: true,
      svg: lineChart({
        title: 'Training loss on text',
        xLabel: 'text tokens',
        yLabel: 'nats per token',
        series: arms.map(({ name, trainCurve }) => ({ name, points: trainCurve, faint: true })),
        colorOrder,
        width: FULL_WIDTH,
        height: 280,
      }),
      caption: 'Loss of each batch as it was trained on, unsmoothed.',
    });
  }
  return {
    heading: 'Language',
    text: `Every arm trains on the same text for the same number of tokens; they differ in what came before: the arm “${BASELINE}” starts from random weights.`,
    blocks,
  };
}

/** Scratch first, so that it has the first colour in every chart. */
function armOrder(summaries: readonly ArmComparison[]): string[] {
  const names = summaries.map(({ name }) => name);
  return [
    ...names.filter((name) => name === BASELINE),
    ...names.filter((name) => name !== BASELINE),
  ];
}

function compareTable(summaries: readonly ArmComparison[]): Block {
  const repeated = summaries.some(({ seeds }) => seeds.length > 1);
  const withBits = summaries.some(({ bitsPerByte }) => bitsPerByte !== null);
  const withDifference = summaries.some(({ difference }) => difference !== null);
  const columns: (Column & { cell: (arm: ArmComparison) => Cell })[] = [
    { label: 'Arm', cell: ({ name }) => name },
    { label: 'Held-out loss, nats', numeric: true, cell: ({ loss }) => loss },
  ];
  if (repeated) {
    columns.push(
      { label: 'Spread over seeds', numeric: true, cell: ({ spread }) => spread },
      { label: 'Seeds', numeric: true, cell: ({ seeds }) => seeds.length },
    );
  }
  if (withBits) {
    columns.push({ label: 'Bits a byte', numeric: true, cell: ({ bitsPerByte }) => bitsPerByte });
  }
  if (withDifference) {
    columns.push(
      {
        label: `Difference to ${BASELINE}, nats`,
        numeric: true,
        cell: ({ difference }) => formatSigned(difference?.nats),
      },
      {
        label: 'Difference, %',
        numeric: true,
        cell: ({ difference }) => formatSignedPercent(difference?.fraction),
      },
    );
    if (repeated) {
      columns.push({
        label: '95 % interval, nats',
        numeric: true,
        cell: ({ difference }) => formatInterval(difference?.interval ?? null),
      });
    }
    columns.push({
      label: 'Speed-up',
      numeric: true,
      cell: ({ speedUp }) => (speedUp === null ? null : `${formatNumber(speedUp, 2)}×`),
    });
  }
  const notes = [
    repeated ? 'Means over seeds; differences and intervals are of pairs with the same seed.' : '',
    withDifference
      ? `Speed-up: ${BASELINE}'s tokens divided by those at which the arm reaches ${BASELINE}'s final loss; a dash where it does not.`
      : '',
  ].filter((note) => note !== '');
  return {
    kind: 'table',
    columns,
    // A loss that happens to be whole still has its digits: it is a measurement.
    rows: summaries.map((arm) =>
      columns.map(({ cell, label }) => {
        const value = cell(arm);
        return typeof value === 'number' && label !== 'Seeds' ? formatNumber(value) : value;
      }),
    ),
    ...(notes.length === 0 ? {} : { caption: notes.join(' ') }),
  };
}

function seedTable(arms: readonly ReportArm[]): Block {
  const seeds = [...new Set(arms.map(({ seed }) => seed))].sort((a, b) => a - b);
  const names = [...new Set(arms.map(({ name }) => name))];
  return {
    kind: 'table',
    columns: [
      { label: 'Seed' },
      ...names.map((name): Column => ({ label: `${name}, nats`, numeric: true })),
    ],
    rows: seeds.map((seed) => [
      `${seed}`,
      ...names.map((name) =>
        formatNumber(arms.findLast((arm) => arm.name === name && arm.seed === seed)?.textLoss),
      ),
    ]),
    caption: 'Final held-out loss of every run.',
  };
}

function formatInterval(interval: readonly [number, number] | null): string {
  return interval === null ? '–' : `${formatSigned(interval[0])} to ${formatSigned(interval[1])}`;
}
