// A study's result as tables for the terminal, for any axes.

import { plural } from '../../core/index.ts';
import {
  type Difference,
  describeMetric,
  type StudyCell,
  type StudySummary,
  wordMean,
  wordSpeedUp,
} from '../../study/index.ts';
import { formatSeconds } from '../format-seconds.ts';
import { formatTable } from '../output.ts';

/**
 * Tables of cells, then contrasts, and how to read them. Axes of the baseline are compared; there is a table for every
 * combination of the others, whose last one is a column where that leaves room.
 */
export function describeStudy(summary: StudySummary): string {
  const { cells, seeds, metric, seconds, runs, verdicts } = summary;
  const others = summary.axes
    .map(({ name }) => name)
    .filter((name) => summary.baseline[name] === undefined);
  // Speed-ups are of losses; for other numbers, an earlier stage is a part of the algorithm.
  const isLoss = metric.name === 'loss' || metric.name === 'bitsPerByte';
  const hasSources = isLoss && cells.some(({ from }) => from !== null);
  const hasGates = cells.some(({ gate, excluded }) => gate !== 'none' || excluded);
  const column = hasSources || hasGates ? undefined : others.at(-1);
  const headings = others.filter((name) => name !== column);
  const groups = groupBy(cells, ({ members }) => describeMembers(members, headings));
  const lines = [...groups].flatMap(([heading, own]) => [
    '',
    ...(heading === '' ? [] : [`${heading}:`]),
    `${describeMetric(metric)}, ${seeds.length === 1 ? `seed ${seeds[0]}` : `mean of ${plural(seeds.length, 'paired seed')}`}`,
    '',
    formatTable(writeTable(own, summary, { column, hasSources, hasGates })),
  ]);
  const { finished, diverged, total } = runs;
  const open = total - finished - diverged;
  return [
    ...lines,
    ...writeContrasts(summary),
    '',
    ...verdicts,
    ...(verdicts.length > 0 ? [''] : []),
    ...(open > 0
      ? [`Unfinished: ${finished} of ${plural(total, 'run')} ${total === 1 ? 'is' : 'are'} done.`]
      : []),
    ...writeDivergences(cells),
    ...writeTuning(summary),
    ...explain(summary, hasSources),
    '',
    `time     ${formatSeconds(seconds)} of runs`,
  ].join('\n');
}

type TableLayout = {
  readonly column: string | undefined;
  readonly hasSources: boolean;
  readonly hasGates: boolean;
};

function writeTable(
  cells: readonly StudyCell[],
  { axes, baseline, metric, seeds, cells: all }: StudySummary,
  { column, hasSources, hasGates }: TableLayout,
): string[][] {
  const compared = axes.map(({ name }) => name).filter((name) => baseline[name] !== undefined);
  const hasChance = all.some(({ chance }) => chance !== null) && metric.name.endsWith('accuracy');
  // Of one pair there is no p value.
  const isText = seeds.length === 1 && all.some(({ bitsPerByte }) => bitsPerByte !== null);
  const to = `to ${Object.values(baseline).join(' ')}${seeds.length > 1 ? ' ± 95 %' : ''}`;
  return [
    [
      compared.join(' '),
      ...(column ? [column] : []),
      ...(hasGates ? ['gate'] : []),
      'result',
      ...(hasChance ? ['chance'] : []),
      to,
      isText ? 'bits/byte' : 'adj. p',
      ...(hasSources ? ['speed-up', '+source'] : []),
    ],
    ...cells.map((cell) => [
      compared.map((axis) => cell.members[axis]).join(' '),
      ...(column ? [cell.members[column]!] : []),
      ...(hasGates ? [cell.excluded ? 'OUT' : cell.gate === 'none' ? '–' : cell.gate] : []),
      wordMean(cell.result, describeNumber),
      ...(hasChance ? [describeNumber(cell.chance)] : []),
      ...describeDifference(cell.difference).slice(0, isText ? 1 : 2),
      ...(isText ? [wordMean(cell.bitsPerByte, (mean) => mean.toFixed(3))] : []),
      ...(hasSources ? [wordSpeedUp(cell.speedUp), wordSpeedUp(cell.speedUpWithSource)] : []),
    ]),
  ];
}

function writeContrasts({ contrasts }: StudySummary): string[] {
  if (contrasts.length === 0) return [];
  const rows = contrasts.map(({ treatment, control, members, difference }) => [
    [...Object.values(members), `${treatment} minus ${control}`].join(' '),
    ...describeDifference(difference),
  ]);
  return ['', formatTable([['contrast', 'difference ± 95 %', 'adj. p'], ...rows])];
}

function writeDivergences(cells: readonly StudyCell[]): string[] {
  return cells.flatMap(({ name, diverged }) => {
    if (diverged.length === 0) return [];
    const seeds = diverged.map(({ seed }) => seed).join(', ');
    return [
      `${name} diverged under seed ${seeds}: left out of the means. ${diverged[0]!.message}.`,
    ];
  });
}

function writeTuning({ tuning }: StudySummary): string[] {
  return tuning.map(({ cell, key, chosen, tried }) => {
    const values = tried.map(
      ({ value, state }) => `${value}${state === 'done' ? '' : ` ${state}`}`,
    );
    const taken = tried.every(({ state }) => state === 'diverged')
      ? 'undecided: training diverged at every value, add others to tuning.values'
      : (chosen ?? 'not chosen yet');
    return `${cell}: ${key} ${taken} (of ${values.join(', ')})`;
  });
}

/** Mean with half the width of its symmetric interval, and the adjusted p value. */
function describeDifference(difference: Difference | null): [string, string] {
  if (difference === null) return ['–', '–'];
  const { mean, interval, adjustedP } = difference;
  const half = interval === null ? '' : ` ± ${((interval[1] - interval[0]) / 2).toFixed(4)}`;
  return [`${mean > 0 ? '+' : ''}${mean.toFixed(4)}${half}`, describeP(adjustedP)];
}

function describeNumber(value: number | null | undefined): string {
  return value?.toFixed(4) ?? '–';
}

function describeP(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '<0.001' : p.toFixed(3);
}

function explain(
  { comparisons, cells, metric, seeds, baseline }: StudySummary,
  hasSources: boolean,
): string[] {
  const other = Object.values(baseline).join(' ');
  const lacks = (reason: string) =>
    hasSources &&
    cells.some(({ speedUp, speedUpWithSource }) =>
      [speedUp, speedUpWithSource].some(
        (found) => found && 'reason' in found && found.reason === reason,
      ),
    );
  const count = comparisons === 1 ? 'one comparison' : `all ${comparisons} comparisons`;
  return [
    `${metric.better === 'lower' ? 'Lower' : 'Higher'} is better.${seeds.length > 1 ? ' A difference smaller than its ± is not shown by these seeds.' : ''}`,
    ...(comparisons > 0 ? [`adj. p: paired t-test, adjusted by Holm for ${count}.`] : []),
    ...(hasSources
      ? ['+source: the speed-up if the tokens of its source are counted as the cell’s own.']
      : []),
    ...(lacks('at once') ? [`at once: the cell starts below the final loss of ${other}.`] : []),
    ...(lacks('never') ? [`not reached: the cell does not reach the final loss of ${other}.`] : []),
    ...(cells.some(({ gate }) => gate !== 'none')
      ? ['gate: what all sources of a cell have learned at least; a transfer cannot show more.']
      : []),
    ...(cells.some(({ gate }) => gate === 'not judged')
      ? ['not judged: its gate had fewer predictors; primordia gate judges it again.']
      : []),
    ...(cells.some(({ excluded }) => excluded)
      ? [
          'OUT: it has learned less than is required; the cell is left out of means and comparisons.',
        ]
      : []),
  ];
}

/** `task copy, length 32` */
function describeMembers(
  members: Readonly<Record<string, string>>,
  axes: readonly string[],
): string {
  return axes.map((axis) => `${axis} ${members[axis]}`).join(', ');
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return groups;
}
