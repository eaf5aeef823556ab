// The verdicts of a study in sentences: treatments against their controls, or cells against the baseline.

import type { Cell } from './cells.ts';
import { nameMetric } from './metric.ts';
import { type ArmResults, type Comparison, estimateArm } from './statistics.ts';
import type { Contrast, Study } from './study-schema.ts';
import { writeContrast, writeVerdict } from './verdict.ts';

/** A cell with its runs, and what it is compared with. */
export type JudgedCell = {
  readonly cell: Cell;
  readonly arm: ArmResults;
  /** The baseline's runs; null for the baseline, and where there is none. */
  readonly baseline: ArmResults | null;
  /** The cell against the baseline; null if they are not compared. */
  readonly comparison: Comparison | null;
};

/** A treatment against its control; null if they are not compared. */
export type JudgedContrast = {
  readonly contrast: Contrast;
  readonly treatment: JudgedCell;
  readonly control: JudgedCell;
  readonly comparison: Comparison | null;
};

/**
 * Sentences for every treatment of the study's contrasts or, if it has none, for every cell that is compared with the baseline,
 * without a claim about causes. Terminal and report show these.
 */
export function writeVerdicts(
  study: Pick<Study, 'axes' | 'baseline' | 'contrasts' | 'metric' | 'seeds'>,
  cells: readonly JudgedCell[],
  contrasts: readonly JudgedContrast[],
): string[] {
  if (study.seeds.length === 1) {
    return ['One seed per cell: a difference has no interval, so nothing is shown.'];
  }
  return cells.flatMap((cell) => {
    const own = contrasts.filter(({ treatment }) => treatment === cell);
    const sentences =
      contrasts.length === 0
        ? judgeAgainstBaseline(cell, [], study)
        : [...groupByAxis(own)].flatMap(([axis, of]) =>
            asksOfBaseline(study, axis, cell)
              ? judgeAgainstBaseline(cell, of, study)
              : of.map((contrast) => judgeAlone(contrast, study)),
          );
    const place = describePlace(cell.cell, study);
    return sentences.map((sentence) => (place === '' ? sentence : `${place}: ${sentence}`));
  });
}

function groupByAxis(contrasts: readonly JudgedContrast[]): Map<string, JudgedContrast[]> {
  const groups = new Map<string, JudgedContrast[]>();
  for (const one of contrasts) {
    const { axis } = one.contrast;
    groups.set(axis, [...(groups.get(axis) ?? []), one]);
  }
  return groups;
}

/** Where the baseline is a member of another axis, or the treatment itself, a gain against it is another question. */
function asksOfBaseline(
  { baseline }: Pick<Study, 'baseline'>,
  axis: string,
  { cell, baseline: against }: JudgedCell,
): boolean {
  return against !== null && baseline[axis] !== undefined && baseline[axis] !== cell.members[axis];
}

/** A cell against the baseline, then against its controls. */
function judgeAgainstBaseline(
  cell: JudgedCell,
  own: readonly JudgedContrast[],
  { metric }: Pick<Study, 'metric'>,
): string[] {
  const { baseline, comparison } = cell;
  if (baseline === null) return [];
  const arms = [cell.arm, baseline, ...own.map(({ control }) => control.arm)];
  const sentence = writeVerdict({
    metric: nameMetric(metric),
    difference: comparison ?? leftOut(cell.arm, baseline),
    controls: own.map(({ control, comparison: found }) => ({
      treatment: found ?? leftOut(cell.arm, control.arm),
      // Another baseline than the treatment's says nothing about the treatment.
      baseline: control.baseline?.name === baseline.name ? control.comparison : null,
    })),
    cause: own.find(({ contrast }) => contrast.cause !== undefined)?.contrast.cause ?? null,
    arms: arms.map(estimateArm),
  });
  return [sentence];
}

/** A treatment against one control. */
function judgeAlone(
  { treatment, control, comparison }: JudgedContrast,
  { metric }: Pick<Study, 'metric'>,
): string {
  const arms = [treatment.arm, control.arm];
  const found = comparison ?? leftOut(treatment.arm, control.arm);
  return writeContrast(nameMetric(metric), found, arms.map(estimateArm));
}

/** The name of a cell in sentences: its members of the axes that are compared. */
export function nameArm(
  { members }: Cell,
  study: Pick<Study, 'axes' | 'baseline' | 'contrasts'>,
): string {
  const compared = listCompared(study);
  return compared.map((axis) => members[axis]).join(' ');
}

/** The members of the axes that are not compared: `task copy, length 32`. */
function describePlace(
  { members }: Cell,
  study: Pick<Study, 'axes' | 'baseline' | 'contrasts'>,
): string {
  const compared = listCompared(study);
  return Object.entries(members)
    .filter(([axis]) => !compared.includes(axis))
    .map(([axis, member]) => `${axis} ${member}`)
    .join(', ');
}

function listCompared({
  axes,
  baseline,
  contrasts,
}: Pick<Study, 'axes' | 'baseline' | 'contrasts'>): string[] {
  return Object.keys(axes).filter(
    (name) => baseline[name] !== undefined || contrasts.some(({ axis }) => axis === name),
  );
}

function leftOut({ name }: ArmResults, against: ArmResults): Comparison {
  return {
    arm: name,
    against: against.name,
    refused: `${name} and ${against.name} are not compared, since requireGate leaves out one of them`,
  };
}
