// What a study found: cells against the baseline and treatments against controls, in pairs of one seed.

import { mean } from '../core/index.ts';
import type { GateRequirement } from '../eval/index.ts';
import type { RunSummary } from '../run/experiment.ts';
import { averageCurve, averageStages, type CellPoint, type CellStage } from './average-runs.ts';
import { type Cell, findCell, listCells, tuningOf } from './cells.ts';
import { chosenFor, divergedAtAll, type Tuned } from './choose-values.ts';
import {
  type CellMean,
  type Difference,
  describeDifference,
  type Estimate,
  estimateGap,
  estimateKnown,
  estimateSpeedUp,
  pairRuns,
  type SpeedUp,
} from './compare-runs.ts';
import { type CellSource, judgeSource } from './judge-source.ts';
import { measureRun } from './metric.ts';
import { type ArmResults, compareArms } from './statistics.ts';
import type { Contrast, Members, Metric, Study } from './study-schema.ts';
import type { StudyState } from './study-state.ts';
import { type JudgedCell, type JudgedContrast, nameArm, writeVerdicts } from './write-verdicts.ts';

/** A cell over seeds. An excluded cell has its values, but no mean and no comparison. */
export type StudyCell = Cell &
  CellSource & {
    /** Seeds whose runs are finished. */
    readonly seeds: readonly number[];
    /** The study's metric under each of these seeds; null if it is not known. */
    readonly values: readonly (number | null)[];
    /** Runs that diverged, which enter no mean. */
    readonly diverged: readonly { readonly seed: number; readonly message: string }[];
    /** The mean of the study's metric. */
    readonly result: CellMean | null;
    readonly loss: CellMean | null;
    readonly bitsPerByte: CellMean | null;
    readonly rollout: { readonly loss: CellMean | null; readonly accuracy: CellMean | null } | null;
    /** The cell minus the baseline under the same seed. Null for the baseline, and where no pair is finished. */
    readonly difference: Difference | null;
    /** The baseline's tokens by those at which the cell reaches its final loss. */
    readonly speedUp: SpeedUp | null;
    /** The same with the tokens of what it begins with counted as the cell's; null from scratch. */
    readonly speedUpWithSource: SpeedUp | null;
    /** The cell's held-out loss minus the baseline's, over training. */
    readonly gap: readonly (Estimate & { readonly tokens: number })[];
    /** Accuracy of the best of unigram and bigram. */
    readonly chance: number | null;
    readonly stages: readonly CellStage[];
    /** Over the training of the whole run. */
    readonly curve: readonly CellPoint[];
    readonly tuned: { readonly key: string; readonly value: Tuned['chosen'] } | null;
  };

/** A treatment against its control, in cells that are equal otherwise. */
export type StudyContrast = Contrast & {
  /** The cells' members of other axes. */
  readonly members: Members;
  /** Treatment minus control; null if no pair is finished, or one of them is excluded. */
  readonly difference: Difference | null;
};

export type StudySummary = {
  readonly kind: 'study';
  readonly name: string;
  readonly description: string;
  readonly axes: readonly { readonly name: string; readonly members: readonly string[] }[];
  readonly seeds: readonly number[];
  readonly baseline: Members;
  readonly metric: Metric;
  readonly requireGate: GateRequirement | null;
  readonly cells: readonly StudyCell[];
  readonly contrasts: readonly StudyContrast[];
  /** Differences with a p value, of cells and contrasts: the family that they are adjusted for. */
  readonly comparisons: number;
  /** The verdicts, one sentence each: treatments against their controls, if there are any. */
  readonly verdicts: readonly string[];
  readonly tuning: readonly Tuned[];
  /** Runs that count: tuning is not among them. */
  readonly runs: { readonly finished: number; readonly diverged: number; readonly total: number };
  /** Time of all jobs, added up; those of tuning too. */
  readonly seconds: number;
};

/** Sums up a study's folder; runs may be missing. */
export function summarizeStudy(study: Study, state: StudyState): StudySummary {
  const cells = listCells(study).map((cell) => readCell(cell, study, state));
  const { judged, contrasts, comparisons } = compareCells(cells, study);
  const axes = Object.entries(study.axes);
  return {
    kind: 'study',
    name: study.name,
    description: study.description,
    axes: axes.map(([name, members]) => ({ name, members: Object.keys(members) })),
    seeds: study.seeds,
    baseline: study.baseline,
    metric: study.metric,
    requireGate: study.requireGate ?? null,
    cells: judged.map((cell) => summarizeCell(cell, study, state.tuned)),
    contrasts: contrasts.map((contrast) => summarizeContrast(contrast, study)),
    comparisons,
    verdicts: writeVerdicts(study, judged, contrasts),
    tuning: state.tuned,
    runs: {
      finished: cells.reduce((sum, { own }) => sum + own.length, 0),
      diverged: cells.reduce((sum, { diverged }) => sum + diverged.length, 0),
      total: cells.length * study.seeds.length,
    },
    seconds: sumSeconds(state),
  };
}

/** A cell with its finished runs. */
type ReadCell = Cell &
  CellSource &
  Pick<StudyCell, 'diverged'> & { readonly own: readonly RunSummary[] };

function readCell(cell: Cell, study: Study, { runs, tuned, outcomeOf }: StudyState): ReadCell {
  const outcomes = runs
    .filter((run) => run.cell.name === cell.name)
    .map((run) => ({ seed: run.seed, outcome: outcomeOf(run) }));
  const own = outcomes.flatMap(({ outcome }) =>
    outcome?.state === 'done' ? [outcome.summary] : [],
  );
  const value = tuned.find((one) => one.cell === cell.name);
  const diverged =
    value && divergedAtAll(value)
      ? study.seeds.map((seed) => ({
          seed,
          message: `training diverged at every value of ${value.key}`,
        }))
      : outcomes.flatMap(({ seed, outcome }) =>
          outcome?.state === 'diverged' ? [{ seed, message: outcome.message }] : [],
        );
  return { ...cell, own, diverged, ...judgeSource(own, study) };
}

type Judged = JudgedCell & { readonly cell: ReadCell; readonly against: ReadCell | null };
type Contrasted = JudgedContrast & { readonly treatment: Judged; readonly control: Judged };

/** Every cell with its baseline and every treatment with its control, in one family of comparisons. */
function compareCells(cells: readonly ReadCell[], study: Study) {
  const armOf = (cell: ReadCell): ArmResults => ({
    name: nameArm(cell, study),
    results: [
      ...cell.own.flatMap((summary) => {
        const value = measureRun(summary, study.metric);
        return value === null ? [] : [{ seed: summary.seed, value }];
      }),
      ...cell.diverged.map(({ seed }) => ({ seed, value: 'diverged' as const })),
    ],
  });
  const family: (readonly [ArmResults, ArmResults])[] = [];
  /** The place of a comparison in the family; null for none. */
  const enter = (cell: ReadCell, other: ReadCell | null): number | null =>
    other === null || cell.excluded || other.excluded
      ? null
      : family.push([armOf(cell), armOf(other)]) - 1;
  const entered = cells.map((cell) => {
    const baseline = findCell(cells, cell, study.baseline);
    const against = baseline && baseline !== cell ? baseline : null;
    return { cell, against, index: enter(cell, against) };
  });
  const pairs = study.contrasts.flatMap((contrast) =>
    cells.flatMap((cell) => {
      if (cell.members[contrast.axis] !== contrast.treatment) return [];
      const control = findCell(cells, cell, { [contrast.axis]: contrast.control });
      return control ? [{ contrast, cell, control, index: enter(cell, control) }] : [];
    }),
  );
  const found = compareArms(family);
  const at = (index: number | null) => (index === null ? null : found[index]!);
  const judged = entered.map(
    ({ cell, against, index }): Judged => ({
      cell,
      against,
      arm: armOf(cell),
      comparison: at(index),
      baseline: against && armOf(against),
    }),
  );
  const judgedOf = (cell: ReadCell) => judged.find((one) => one.cell === cell)!;
  const contrasts = pairs.map(
    ({ contrast, cell, control, index }): Contrasted => ({
      contrast,
      treatment: judgedOf(cell),
      control: judgedOf(control),
      comparison: at(index),
    }),
  );
  const comparisons = found.filter((comparison) => 'values' in comparison).length;
  return { judged, contrasts, comparisons };
}

function summarizeCell(
  { cell: { own, ...cell }, against, comparison }: Judged,
  study: Study,
  tuned: readonly Tuned[],
): StudyCell {
  const { metric } = study;
  const counted = cell.excluded ? [] : own;
  const pairs = against && !against.excluded ? pairRuns(counted, against.own) : [];
  const without = counted.length === 0 ? [] : cell.diverged.map(() => null);
  const measure = (name: Metric['name']) =>
    estimateKnown([
      ...counted.map((summary) => measureRun(summary, { ...metric, name })),
      ...without,
    ]);
  const tuning = tuningOf(study, cell);
  return {
    ...cell,
    seeds: own.map(({ seed }) => seed),
    values: own.map((summary) => measureRun(summary, metric)),
    result: measure(metric.name),
    loss: measure('loss'),
    bitsPerByte: measure('bitsPerByte'),
    rollout: own.some(({ rollout }) => rollout)
      ? { loss: measure('rollout.loss'), accuracy: measure('rollout.accuracy') }
      : null,
    difference: describeDifference(comparison, pairs, metric),
    speedUp: estimateSpeedUp(pairs, metric, 0),
    speedUpWithSource:
      cell.from === null ? null : estimateSpeedUp(pairs, metric, cell.sourceTokens),
    gap: estimateGap(pairs, metric),
    chance: meanChance(own),
    stages: averageStages(own),
    curve: averageCurve(own),
    tuned: tuning && { key: tuning.key, value: chosenFor(tuned, cell) },
  };
}

function summarizeContrast(
  { contrast, treatment, control, comparison }: Contrasted,
  { metric }: Study,
): StudyContrast {
  const { [contrast.axis]: _, ...members } = treatment.cell.members;
  const isOut = treatment.cell.excluded || control.cell.excluded;
  const pairs = isOut ? [] : pairRuns(treatment.cell.own, control.cell.own);
  return { ...contrast, members, difference: describeDifference(comparison, pairs, metric) };
}

function meanChance(summaries: readonly RunSummary[]): number | null {
  const chances = summaries.flatMap(({ baselines }) =>
    baselines ? [Math.max(baselines.unigramAccuracy, baselines.bigramAccuracy ?? 0)] : [],
  );
  return chances.length === 0 ? null : mean(chances);
}

/** Jobs that several runs share are counted once. */
function sumSeconds({ plan, outcomeOfJob }: StudyState): number {
  return [...plan.jobs.keys()].reduce((sum, id) => {
    const outcome = outcomeOfJob(id);
    return sum + (outcome?.state === 'done' ? outcome.summary.seconds : 0);
  }, 0);
}
