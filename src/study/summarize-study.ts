// What a study found: cells against the baseline and treatments against controls, in pairs of one seed.

import {
  adjustHolm,
  confidenceInterval95,
  mean,
  pairedTTestP,
  standardDeviation,
  UserError,
} from '../core/index.ts';
import {
  type GateRequirement,
  type GateResult,
  meetsRequirement,
  PREDICTORS_VERSION,
  VERDICTS,
  type Verdict,
} from '../eval/index.ts';
import { measureSpeedUp } from '../run/compare-arms.ts';
import type { CurvePoint, RunSummary, StageSummary } from '../run/experiment.ts';
import { averageCurve, averageStages, type CellPoint, type CellStage } from './average-runs.ts';
import { type Cell, findCell, listCells, tuningOf } from './cells.ts';
import { chosenFor, type Tuned } from './choose-values.ts';
import { findStage, measureRun } from './metric.ts';
import { chainOf, type StudyRun } from './plan.ts';
import { jobFolder } from './study-folder.ts';
import type { Contrast, Members, Metric, Study } from './study-recipe.ts';
import type { StudyState } from './study-state.ts';

/** A mean over seeds with its 95 % interval (Student's t); null for a single seed. */
export type Estimate = {
  readonly mean: number;
  readonly interval: readonly [number, number] | null;
  /** Standard deviation over seeds; null for a single one. */
  readonly spread: number | null;
  /** One a seed, in their order. */
  readonly values: readonly number[];
};

/** A difference of two cells over paired seeds. */
export type Difference = Estimate & {
  /** Of the two-sided paired t-test; null for a single pair. */
  readonly p: number | null;
  /** `p` adjusted by Holm for all comparisons of the study. */
  readonly adjustedP: number | null;
};

/** A cell over seeds. Where it is excluded there are its values, but no mean and no comparison. */
export type StudyCell = Cell & {
  /** Seeds whose runs are finished. */
  readonly seeds: readonly number[];
  /** Runs that diverged, which enter no mean. */
  readonly diverged: readonly { readonly seed: number; readonly message: string }[];
  /** The study's metric. */
  readonly result: Estimate | null;
  readonly loss: Estimate | null;
  readonly bitsPerByte: Estimate | null;
  readonly rollout: { readonly loss: Estimate | null; readonly accuracy: Estimate | null } | null;
  /** The cell minus the baseline under the same seed. Null for the baseline, and where no pair is finished. */
  readonly difference: Difference | null;
  /** The baseline's tokens by those at which the cell reaches its final loss; null unless every pair gets there. */
  readonly speedUp: Estimate | null;
  /** The same with the tokens of what it begins with counted as the cell's; null from scratch. */
  readonly speedUpWithSource: Estimate | null;
  /** The cell's held-out loss minus the baseline's, over training. */
  readonly gap: readonly (Estimate & { readonly tokens: number })[];
  /** What the compared stage begins with; null from scratch. */
  readonly from: string | null;
  /** Tokens that it was trained on. */
  readonly sourceTokens: number;
  /**
   * What that has learned, the least over seeds: `control` where there was nothing to infer, `not judged` where its gate
   * had fewer predictors than there are now, `none` where there is nothing to judge, or it has not been run.
   */
  readonly gate: Verdict | 'control' | 'not judged' | 'none';
  /** Whether it has learned less than is required: the cell enters no mean and no comparison. */
  readonly excluded: boolean;
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
  /** Treatment minus control; null where no pair is finished, or one of them is excluded. */
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
  readonly tuning: readonly Tuned[];
  /** Runs that count: tuning is not among them. */
  readonly runs: { readonly finished: number; readonly diverged: number; readonly total: number };
  /** Time of all jobs, added up; those of tuning too. */
  readonly seconds: number;
};

type Finished = { readonly run: StudyRun; readonly summary: RunSummary };

/** Sums up what lies in a study's folder; runs may be missing. */
export function summarizeStudy(study: Study, state: StudyState): StudySummary {
  const { runs, tuned } = state;
  const outcomes = runs.map((run) => ({ run, outcome: state.outcomeOf(run) }));
  const finished = outcomes.flatMap(({ run, outcome }): Finished[] =>
    outcome?.state === 'done' ? [{ run, summary: outcome.summary }] : [],
  );
  const cells = listCells(study).map((cell): SummedCell => {
    const own = finished.filter(({ run }) => run.cell.name === cell.name);
    const diverged = outcomes.flatMap(({ run, outcome }) =>
      outcome?.state === 'diverged' && run.cell.name === cell.name
        ? [{ seed: run.seed, message: outcome.message }]
        : [],
    );
    return { ...cell, own, diverged, ...judgeSource(own, study) };
  });
  const compared = cells.map((cell) => summarizeCell(cell, cells, study, tuned));
  const contrasts = study.contrasts.flatMap((contrast) => contrastCells(contrast, cells, study));
  const family = adjustAll(compared, contrasts);
  const axes = Object.entries(study.axes);
  return {
    ...{ kind: 'study', name: study.name, description: study.description },
    axes: axes.map(([name, members]) => ({ name, members: Object.keys(members) })),
    ...{ seeds: study.seeds, baseline: study.baseline, metric: study.metric },
    requireGate: study.requireGate ?? null,
    ...family,
    tuning: tuned,
    runs: {
      finished: finished.length,
      diverged: cells.reduce((sum, { diverged }) => sum + diverged.length, 0),
      total: listCells(study).length * study.seeds.length,
    },
    seconds: sumSeconds(state),
  };
}

type SummedCell = Cell &
  Pick<StudyCell, 'diverged' | 'from' | 'sourceTokens' | 'gate' | 'excluded'> & {
    readonly own: readonly Finished[];
  };

function summarizeCell(
  { own, ...cell }: SummedCell,
  cells: readonly SummedCell[],
  study: Study,
  tuned: readonly Tuned[],
): StudyCell {
  const { metric } = study;
  const counted = cell.excluded ? [] : own;
  const baseline = findCell(cells, cell, study.baseline);
  const pairs =
    baseline === undefined || baseline.name === cell.name
      ? []
      : pairRuns(counted, baseline.excluded ? [] : baseline.own);
  const measure = (name: Metric['name']) =>
    estimateAll(counted.map(({ summary }) => measureRun(summary, { ...metric, name })));
  const speedUps = (extra: number) =>
    pairs.map(({ one, other }) =>
      measureSpeedUp(lossCurve(one, metric), lossCurve(other, metric), extra),
    );
  const tuning = tuningOf(study, cell);
  return {
    ...cell,
    seeds: own.map(({ run }) => run.seed),
    result: measure(metric.name),
    loss: measure('loss'),
    bitsPerByte: measure('bitsPerByte'),
    rollout: own.some(({ summary }) => summary.rollout)
      ? { loss: measure('rollout.loss'), accuracy: measure('rollout.accuracy') }
      : null,
    difference: compare(pairs, metric),
    speedUp: estimateAll(speedUps(0)),
    speedUpWithSource: cell.from === null ? null : estimateAll(speedUps(cell.sourceTokens)),
    gap: estimateGap(pairs, metric),
    chance: meanChance(own.map(({ summary }) => summary)),
    stages: averageStages(own.map(({ summary }) => summary)),
    curve: averageCurve(own.map(({ summary }) => summary)),
    tuned: tuning && { key: tuning.key, value: chosenFor(tuned, cell) },
  };
}

/** A contrast in every pair of cells that differ in nothing else. */
function contrastCells(
  contrast: Contrast,
  cells: readonly SummedCell[],
  { metric }: Study,
): StudyContrast[] {
  const { axis, treatment, control } = contrast;
  return cells.flatMap((cell) => {
    if (cell.members[axis] !== treatment) return [];
    const other = findCell(cells, cell, { [axis]: control });
    if (!other) return [];
    const { [axis]: _, ...members } = cell.members;
    const isOut = cell.excluded || other.excluded;
    const difference = isOut ? null : compare(pairRuns(cell.own, other.own), metric);
    return [{ ...contrast, members, difference }];
  });
}

type Pair = { readonly one: RunSummary; readonly other: RunSummary };

function pairRuns(runs: readonly Finished[], others: readonly Finished[]): Pair[] {
  return runs.flatMap(({ run, summary }) => {
    const other = others.find((candidate) => candidate.run.seed === run.seed);
    return other ? [{ one: summary, other: other.summary }] : [];
  });
}

/** The p value is adjusted when all comparisons are known. */
function compare(pairs: readonly Pair[], metric: Metric): Difference | null {
  const differences = pairs.flatMap(({ one, other }) => {
    const [a, b] = [measureRun(one, metric), measureRun(other, metric)];
    return a === null || b === null ? [] : [a - b];
  });
  const estimated = estimate(differences);
  return estimated && { ...estimated, p: pairedTTestP(differences), adjustedP: null };
}

/** Adjusts the p values of all comparisons for each other. */
function adjustAll(cells: readonly StudyCell[], contrasts: readonly StudyContrast[]) {
  const family = [...cells, ...contrasts].flatMap(({ difference }) =>
    difference !== null && difference.p !== null ? [difference] : [],
  );
  const values = adjustHolm(family.map(({ p }) => p!));
  const adjusted = new Map(family.map((difference, i) => [difference, values[i]!]));
  const adjust = <T extends { readonly difference: Difference | null }>(entry: T): T => {
    const { difference } = entry;
    if (difference === null) return entry;
    return { ...entry, difference: { ...difference, adjustedP: adjusted.get(difference) ?? null } };
  };
  return {
    cells: cells.map(adjust),
    contrasts: contrasts.map(adjust),
    comparisons: family.length,
  };
}

/** What the compared stage of a cell's runs begins with. */
function judgeSource(
  own: readonly Finished[],
  { metric, requireGate }: Study,
): Pick<StudyCell, 'from' | 'sourceTokens' | 'gate' | 'excluded'> {
  const sources = own.map(({ summary }) => findSource(summary, metric));
  const gates = sources.flatMap(({ gate }) => gate ?? []);
  const isRefused = own.some(({ summary }) => summary.stages.some(({ refused }) => refused));
  return {
    from: sources[0]?.from ?? null,
    sourceTokens: sources[0]?.tokens ?? 0,
    gate: judgeGates(gates),
    excluded: isRefused || gates.some((gate) => !meetsRequirement(gate, requireGate)),
  };
}

type Source = {
  readonly from: string | null;
  readonly tokens: number;
  readonly gate: GateResult | null;
};

/** What the compared stage of a run begins with, through the stages before it. */
function findSource({ stages }: RunSummary, metric: Metric): Source {
  const compared = findStage({ stages }, metric);
  let at: StageSummary | undefined = compared;
  let tokens = 0;
  while (at?.start) {
    const { from, ...start }: NonNullable<StageSummary['start']> = at.start;
    const before = findBefore(stages, at);
    if (!before) {
      tokens += start.tokens ?? 0;
      break;
    }
    tokens += before.tokens;
    at = before;
  }
  const start = compared?.start ?? null;
  if (!compared || start === null) return { from: null, tokens: 0, gate: null };
  const before = findBefore(stages, compared);
  const from = before?.name ?? start.shipped?.name ?? start.from;
  return { from, tokens, gate: before?.gate ?? start.gate };
}

/** The stage of the same run that one begins with; in a run of several jobs, its name is that of a folder. */
function findBefore(
  stages: readonly StageSummary[],
  stage: StageSummary,
): StageSummary | undefined {
  const from = stage.start!.from;
  const earlier = stages.slice(0, stages.indexOf(stage));
  return from.startsWith('run:') ? earlier.at(-1) : earlier.find(({ name }) => name === from);
}

function judgeGates(gates: readonly GateResult[]): StudyCell['gate'] {
  if (gates.length === 0) return 'none';
  if (gates.every(({ control }) => control)) return 'control';
  if (gates.some(isSuperseded)) return 'not judged';
  return VERDICTS.find((verdict) => gates.some((gate) => gate.verdict === verdict))!;
}

function isSuperseded({ predictorsVersion }: GateResult): boolean {
  return predictorsVersion < PREDICTORS_VERSION;
}

/**
 * @throws UserError where a verdict that decides whether a cell counts is one of fewer predictors than there are now; of
 *   controls nothing is asked
 */
export function refuseSuperseded(study: Study, state: StudyState, directory: string): void {
  if (study.requireGate === undefined) return;
  for (const run of state.runs) {
    const outcome = state.outcomeOf(run);
    if (outcome?.state !== 'done') continue;
    const { gate } = findSource(outcome.summary, study.metric);
    if (gate === null || gate.control || !isSuperseded(gate)) continue;
    const job = chainOf(state.plan, run)[0]!.id;
    throw new UserError(
      `${run.label}: the gate of what it begins with held the model against fewer predictors than there are now`,
      { hint: `to judge it again: primordia gate ${directory}/${jobFolder(job)}` },
    );
  }
}

/** Where a pair does not get there, no mean over the others stands for all. */
function estimateAll(values: readonly (number | null)[]): Estimate | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? estimate(known) : null;
}

function estimate(values: readonly number[]): Estimate | null {
  if (values.length === 0) return null;
  return {
    ...{ mean: mean(values), interval: confidenceInterval95(values), values },
    spread: values.length < 2 ? null : standardDeviation(values),
  };
}

function lossCurve(summary: RunSummary, metric: Metric): [tokens: number, loss: number | null][] {
  const stage = findStage(summary, metric);
  return (stage?.curve ?? []).map(({ tokens, loss }: CurvePoint) => [tokens, loss]);
}

/** Differences at every number of tokens that both runs of a pair were evaluated at. */
function estimateGap(pairs: readonly Pair[], metric: Metric): StudyCell['gap'] {
  const byTokens = new Map<number, number[]>();
  for (const { one, other } of pairs) {
    const reference = new Map(lossCurve(other, metric));
    for (const [tokens, loss] of lossCurve(one, metric)) {
      const there = reference.get(tokens);
      if (there == null || loss === null) continue;
      byTokens.set(tokens, [...(byTokens.get(tokens) ?? []), loss - there]);
    }
  }
  return [...byTokens]
    .sort(([a], [b]) => a - b)
    .map(([tokens, gaps]) => ({ tokens, ...estimate(gaps)! }));
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
