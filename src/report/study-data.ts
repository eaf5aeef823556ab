// What the report of a study is made from, and how its cells are told apart.

import type { MetricInfo } from '../algorithms/algorithm.ts';
import { formatNumber, formatSigned } from '../chart/format.ts';
import { confidenceInterval } from '../core/index.ts';
import { type GateResult, PREDICTORS_VERSION } from '../eval/index.ts';
import type { Difference, StudyCell, StudyContrast, StudySummary } from '../study/index.ts';
import { LEVEL } from '../study/statistics.ts';
import type { Sample } from '../training/sample.ts';
import { measureScale } from './metric-info.ts';
import type { Provenance } from './provenance-section.ts';

/** A model that cells begin with, under one seed. */
export type StudySource = {
  /** The stage that trained it, or what `start.from` names. */
  readonly name: string;
  readonly seed: number;
  readonly tokens: number | null;
  readonly gate: GateResult;
  /** Whether it comes with the package. */
  readonly shipped?: boolean;
  /** Cells that begin with it. */
  readonly cells: readonly string[];
};

/** Whether its gate held it against fewer predictors than there are now; of a control nothing is asked. */
export function isSuperseded({ gate }: Pick<StudySource, 'gate'>): boolean {
  return !gate.control && gate.predictorsVersion < PREDICTORS_VERSION;
}

/** What the model of a cell wrote under a seed. */
export type StudySample = {
  readonly cell: string;
  readonly seed: number;
  readonly sample: Sample;
};

export type StudyReportData = Provenance & {
  /** One per cell whose models write; the first seed of each. */
  readonly samples?: readonly StudySample[] | undefined;
  readonly summary: StudySummary;
  /** What the number is that is compared. */
  readonly metric: MetricInfo;
  /** What measures of stages are, by name. */
  readonly measures: Readonly<Record<string, MetricInfo>>;
  readonly sources: readonly StudySource[];
};

/** How results of a study are written. */
export type ResultFormat = {
  readonly factor: number;
  readonly digits: number;
  /** Of values and of differences. */
  readonly unit: string;
  readonly differenceUnit: string;
  readonly value: (value: number | null | undefined) => string;
  readonly difference: (value: number | null | undefined) => string;
  readonly interval: (interval: readonly [number, number] | null | undefined) => string;
};

/** Shares are written in percent, and their differences in points. */
export function resultFormat({ unit }: Pick<MetricInfo, 'unit'>): ResultFormat {
  const { factor, label } = measureScale(unit);
  const isShare = factor !== 1;
  const digits = isShare ? 1 : 4;
  const scaled = (value: number | null | undefined) => (value == null ? null : factor * value);
  const difference = (value: number | null | undefined) => formatSigned(scaled(value), digits);
  return {
    factor,
    digits,
    difference,
    unit: label,
    differenceUnit: isShare ? 'points' : label,
    value: (value) => formatNumber(scaled(value), digits),
    interval: (interval) =>
      interval ? `${difference(interval[0])} to ${difference(interval[1])}` : '–',
  };
}

/** A difference with the place of its interval: `better`, `worse`, one that holds zero, or no interval. */
export type Side = 'better' | 'worse' | 'holds zero' | 'unknown';

export function findSide(difference: Difference | null, better: 'lower' | 'higher'): Side {
  const interval = difference?.interval;
  if (!interval) return 'unknown';
  if (isConstant(difference)) return 'holds zero';
  if (interval[0] <= 0 && interval[1] >= 0) return 'holds zero';
  return interval[1] < 0 === (better === 'lower') ? 'better' : 'worse';
}

/**
 * Whether a difference is the same under every seed. What chance does to it is not known then: its interval is a point, and
 * it is not told apart from zero.
 */
export function isConstant({ values }: Pick<Difference, 'values'>): boolean {
  return values.length > 1 && values.every((value) => value === values[0]);
}

/** Whether a difference is shown also when all comparisons of the study are taken together. */
export function standsAdjusted(difference: Difference | null): boolean {
  return difference !== null && difference.adjustedP !== null && difference.adjustedP < LEVEL;
}

/** The interval of a difference in its family: with 95 % confidence all of them hold at once (Bonferroni); null for one pair. */
export function familyInterval(
  { values }: Difference,
  comparisons: number,
): [low: number, high: number] | null {
  return confidenceInterval(values, LEVEL / Math.max(1, comparisons));
}

/** `0.031`, `<0.001` */
export function formatP(p: number | null | undefined): string {
  return p != null && p < 0.001 ? '<0.001' : formatNumber(p);
}

/** Cells that are compared with each other: they share their members of all axes that are not compared. */
export type StudyGroup = {
  /** The members that they share; empty where there is only one group. */
  readonly name: string;
  readonly cells: readonly GroupedCell[];
  readonly contrasts: readonly (StudyContrast & { readonly label: string })[];
};

export type GroupedCell = StudyCell & {
  /** Its members that tell it apart in its group. */
  readonly label: string;
  /** The same without its place on the axis of numbers. */
  readonly line: string;
  /** Its place on the axis whose members are numbers; null without one. */
  readonly place: number | null;
};

/** The axis whose members are numbers, such as lengths, where the baseline is not one of them. */
export function findNumberAxis({ axes, baseline }: Pick<StudySummary, 'axes' | 'baseline'>) {
  const isNumber = (member: string) => member !== '' && Number.isFinite(Number(member));
  return axes.find(
    ({ name, members }) =>
      members.length > 1 && !Object.hasOwn(baseline, name) && members.every(isNumber),
  );
}

/** The baseline in words. */
export function baselineName({ baseline }: Pick<StudySummary, 'baseline'>): string {
  return Object.values(baseline).join(' ');
}

export function isBaseline(cell: GroupedCell, { baseline }: Pick<StudySummary, 'baseline'>) {
  return Object.entries(baseline).every(([axis, member]) => cell.members[axis] === member);
}

/** Cells by their members of the axes that neither name the baseline, nor are contrasted, nor are numbers. */
export function groupCells(summary: StudySummary): StudyGroup[] {
  const { axes, baseline, cells, contrasts } = summary;
  const numbers = findNumberAxis(summary)?.name;
  const contrasted = new Set(contrasts.map(({ axis }) => axis));
  const shared = axes.flatMap(({ name, members }) =>
    Object.hasOwn(baseline, name) || name === numbers || contrasted.has(name) || members.length < 2
      ? []
      : [name],
  );
  const varied = axes.flatMap(({ name, members }) =>
    shared.includes(name) || members.length < 2 ? [] : [name],
  );
  const write = (members: StudyCell['members'], names: readonly string[]) =>
    names.flatMap((name) => members[name] ?? []).join(' ');
  const groups = new Map<string, GroupedCell[]>();
  for (const cell of cells) {
    const { members, name } = cell;
    const group = write(members, shared);
    const label = write(members, varied) || name;
    const line = write(
      members,
      varied.filter((axis) => axis !== numbers),
    );
    const place = numbers === undefined ? null : Number(members[numbers]);
    groups.set(group, [...(groups.get(group) ?? []), { ...cell, label, line, place }]);
  }
  return [...groups].map(([name, own]) => ({
    name,
    cells: own,
    contrasts: contrasts
      .filter(({ members }) => write(members, shared) === name)
      .map((contrast) => {
        const where = write(contrast.members, varied);
        const pair = `${contrast.treatment} − ${contrast.control}`;
        return { ...contrast, label: where === '' ? pair : `${where}: ${pair}` };
      }),
  }));
}

/** The cells of a treatment and of its control. */
export function listContrasted(
  cells: readonly GroupedCell[],
  { axis, members, treatment, control }: StudyContrast,
): [treatment: GroupedCell, control: GroupedCell] {
  const find = (member: string) =>
    cells.find((cell) =>
      Object.entries({ ...members, [axis]: member }).every(
        ([name, one]) => cell.members[name] === one,
      ),
    )!;
  return [find(treatment), find(control)];
}
