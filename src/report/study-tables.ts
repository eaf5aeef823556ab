// Tables of a study's cells: results, what their stages cost and measured, and every run.

import { formatCompact, formatNumber } from '../chart/format.ts';
import { type CellMean, type StudySummary, wordMean, wordSpeedUp } from '../study/index.ts';
import { capitalize } from './format.ts';
import { findMetric, formatMeasure, SHARE } from './metric-info.ts';
import {
  baselineName,
  formatP,
  type GroupedCell,
  isConstant,
  type ResultFormat,
  type StudyGroup,
  type StudyReportData,
} from './study-data.ts';
import type { Block, Cell } from './types.ts';

const numeric = true;

type CellColumn = {
  readonly label: string;
  readonly read: (cell: GroupedCell) => Cell;
  /** Whether it has a place in this table: columns that nothing fills are left out. */
  readonly isFilled?: (cell: GroupedCell) => boolean;
  readonly isText?: boolean;
};

/** Columns of the table of cells. */
function listColumns({ summary }: StudyReportData, format: ResultFormat): CellColumn[] {
  const baseline = baselineName(summary);
  const isNot = (name: string) => summary.metric.name !== name;
  return [
    { label: 'Cell', read: ({ label }) => label, isText: true },
    {
      label: 'Begins with',
      isText: true,
      // A cell without a run does not say yet.
      read: ({ from, seeds, diverged }) =>
        from ?? (seeds.length + diverged.length > 0 ? 'from scratch' : '–'),
      isFilled: ({ from }) => from !== null,
    },
    {
      label: 'Gate',
      isText: true,
      read: ({ gate, excluded }) =>
        `${gate === 'none' ? '–' : gate}${excluded ? ': LEFT OUT' : ''}`,
      isFilled: ({ gate }) => gate !== 'none',
    },
    { label: 'Seeds', read: describeSeeds },
    { label: `Mean ± spread, ${format.unit}`, read: ({ result }) => writeSpread(result, format) },
    {
      label: 'Loss, nats',
      read: ({ loss }) => wordMean(loss, formatNumber),
      isFilled: ({ loss }) => isNot('loss') && loss !== null,
    },
    {
      label: 'Bits per byte',
      read: ({ bitsPerByte }) => wordMean(bitsPerByte, formatNumber),
      isFilled: ({ bitsPerByte }) => isNot('bitsPerByte') && bitsPerByte !== null,
    },
    {
      label: 'Free-running loss',
      read: ({ rollout }) => wordMean(rollout?.loss, formatNumber),
      isFilled: ({ rollout }) => isNot('rollout.loss') && rollout?.loss != null,
    },
    {
      label: 'Free-running accuracy',
      read: ({ rollout }) =>
        wordMean(rollout?.accuracy, (share) => formatMeasure(share, { unit: SHARE })),
      isFilled: ({ rollout }) => isNot('rollout.accuracy') && rollout?.accuracy != null,
    },
    {
      label: 'n-grams',
      read: ({ chance }) => formatMeasure(chance, { unit: SHARE }),
      isFilled: ({ chance, rollout }) => chance !== null && rollout?.accuracy != null,
    },
    {
      label: `Difference to ${baseline}`,
      read: ({ difference }) => format.difference(difference?.mean),
    },
    {
      label: '95 % interval',
      read: ({ difference }) =>
        format.interval(difference && isConstant(difference) ? null : difference?.interval),
    },
    { label: 'p, adjusted', read: ({ difference }) => formatP(difference?.adjustedP) },
    {
      label: 'Speed-up',
      read: ({ speedUp }) => wordSpeedUp(speedUp),
      isFilled: ({ speedUp }) => speedUp !== null,
    },
    {
      label: 'With source tokens',
      read: ({ speedUpWithSource }) => wordSpeedUp(speedUpWithSource),
      isFilled: ({ speedUpWithSource }) => speedUpWithSource !== null,
    },
    {
      label: 'Tuned',
      read: ({ tuned }) => (tuned?.value == null ? '–' : `${tuned.value}`),
      isFilled: ({ tuned }) => tuned !== null,
    },
  ];
}

export function tableCells(
  { cells }: StudyGroup,
  data: StudyReportData,
  format: ResultFormat,
): Block {
  const columns = listColumns(data, format).filter(
    ({ isFilled }) => !isFilled || cells.some(isFilled),
  );
  const has = (label: string) => columns.some((column) => column.label === label);
  const baseline = baselineName(data.summary);
  const notes = [
    `Means over seeds; spread is the standard deviation. Differences in ${format.differenceUnit}.`,
    ...(has('Speed-up')
      ? [
          `Speed-up: ${baseline}'s tokens divided by those at which the cell reaches ${baseline}'s final loss, also with the tokens of what it begins with counted as its own. At once: it begins below that loss; not reached: it does not get there under every seed, and a mean over the others would be of the fast ones.`,
        ]
      : []),
    ...(has('Gate')
      ? [
          'Gate: the least that it begins with has learned; a cell that is LEFT OUT, because requireGate asks for more, has no means.',
        ]
      : []),
    ...(has('n-grams') ? ['n-grams: accuracy of the better of unigrams and bigrams.'] : []),
  ];
  return {
    kind: 'table',
    columns: columns.map(({ label, isText = false }) => ({
      label,
      numeric: !isText,
      unbroken: label === 'Cell',
    })),
    rows: cells.map((cell) => columns.map(({ read }) => read(cell))),
    caption: notes.join(' '),
  };
}

/** How many seeds are in the means, and how many diverged. */
function describeSeeds({ seeds, diverged }: GroupedCell): string {
  return diverged.length === 0 ? `${seeds.length}` : `${seeds.length}, ${diverged.length} diverged`;
}

function writeSpread(result: CellMean | null, { value }: ResultFormat): string {
  const spread = result === null || result.spread === null ? '' : ` ± ${value(result.spread)}`;
  return wordMean(result, (mean) => `${value(mean)}${spread}`);
}

/** What stages cost, and what was measured at their end: means over seeds, medians of times. */
export function tableStages(cells: readonly GroupedCell[], { measures }: StudyReportData): Block[] {
  const rows = cells.flatMap(({ label, stages }) => stages.map((stage) => ({ label, stage })));
  if (rows.length === 0) return [];
  const names = [...new Set(rows.flatMap(({ stage }) => Object.keys(stage.measures)))];
  const compact = (value: number | null) => (value === null ? '–' : formatCompact(value));
  const costs: Block = {
    kind: 'table',
    columns: [
      { label: 'Cell', unbroken: true },
      ...['Stage', 'Algorithm'].map((label) => ({ label })),
      ...['Steps', 'Tokens', 'Parameters', 'Depth per step', 'ms per step', 'Held-out loss'].map(
        (label) => ({ label, numeric }),
      ),
    ],
    rows: rows.map(({ label, stage }): Cell[] => [
      label,
      stage.name,
      stage.algorithm,
      `${stage.steps}`,
      formatCompact(stage.tokens),
      compact(stage.parameters),
      compact(stage.depth),
      formatNumber(stage.stepMs, 1),
      formatNumber(stage.loss),
    ]),
    caption:
      'Stages: means over seeds, of times the median, while other runs share the machine. Depth: the longest chain of operations of a step that wait for one another, up to the gradients.',
  };
  if (names.length === 0) return [costs];
  const infos = names.map((name) => findMetric(measures, name));
  return [
    costs,
    {
      kind: 'table',
      columns: [
        { label: 'Cell', unbroken: true },
        { label: 'Stage' },
        ...infos.map(({ title }) => ({ label: capitalize(title), numeric })),
      ],
      rows: rows.map(({ label, stage }): Cell[] => [
        label,
        stage.name,
        ...names.map((name, i) => formatMeasure(stage.measures[name], infos[i]!)),
      ]),
      caption: [
        'Measures at the end of stages, means over seeds.',
        ...infos.flatMap(({ title, description }) =>
          description === '' ? [] : [`${capitalize(title)}: ${description}.`],
        ),
      ].join(' '),
    },
  ];
}

export function tableSeeds(
  { cells }: StudyGroup,
  { seeds }: StudySummary,
  format: ResultFormat,
): Block {
  return {
    kind: 'table',
    columns: [
      { label: 'Cell', unbroken: true },
      ...seeds.map((seed) => ({ label: `Seed ${seed}`, numeric })),
    ],
    rows: cells.map(({ label, excluded, diverged, seeds: finished, values }): Cell[] => [
      excluded ? `${label} (LEFT OUT)` : label,
      ...seeds.map((seed) => {
        if (diverged.some((run) => run.seed === seed)) return 'diverged';
        return format.value(values[finished.indexOf(seed)]);
      }),
    ]),
    caption: `Every run, in ${format.unit}.`,
  };
}
