// What a study of recurrent networks found: accuracies with intervals, and algorithms in pairs of one seed.

import { adjustHolm, confidenceInterval95, mean, pairedTTestP } from '../../core/index.ts';
import type { RecurrentStage } from '../recipe.ts';
import type { RecurrentSummary, SeriesPoint, StageSummary } from '../summary.ts';
import type { Tuned } from './choose-rates.ts';
import type { Outcome, RecurrentJob, StudyPlace } from './plan-study.ts';
import type { RecurrentStudy } from './study-recipe.ts';

/** A mean over seeds with its 95 % interval (Student's t); null for a single seed. */
export type SeedEstimate = {
  readonly mean: number;
  readonly interval: readonly [number, number] | null;
  readonly values: readonly number[];
};

/** One task at one length under one algorithm, over seeds. Accuracies are shares of held-out targets. */
export type StudyCell = StudyPlace & {
  /** Seeds whose runs are finished, and of those that diverged, which enter no mean. */
  readonly seeds: readonly number[];
  readonly diverged: readonly number[];
  /** The finished network on its own, from its initial state. */
  readonly alone: SeedEstimate | null;
  readonly loss: SeedEstimate | null;
  /** After SMT, before DMT: the network on its own with the teacher's readout and initial state. */
  readonly beforeDmt: SeedEstimate | null;
  readonly teacher: SeedEstimate | null;
  /** Milliseconds a step, and sequential depth of one, of each stage. */
  readonly stages: readonly Pick<StageSummary, 'stage' | 'stepMs' | 'depth' | 'parameters'>[];
  /** Held-out accuracy of the network on its own over training, means over seeds. */
  readonly curve: readonly StudyPoint[];
  /** Means over seeds: see `StageSummary`. The last stage that has some. */
  readonly gradients: StageSummary['gradients'];
  readonly drift: readonly {
    readonly stage: RecurrentStage;
    readonly points: readonly SeriesPoint[];
  }[];
  /** `alone` minus the baseline's under the same seed; null for the baseline. */
  readonly difference: (SeedEstimate & { readonly adjustedP: number | null }) | null;
  /** Accuracy of the best of unigram and bigram, a mean over seeds and algorithms. */
  readonly chance: number | null;
  readonly learningRate: number;
};

/** What it took to get to an accuracy, from the beginning of the run. */
export type StudyPoint = {
  readonly step: number;
  readonly seconds: number;
  /** Sequential depth of all steps so far, operations. */
  readonly depth: number;
  readonly accuracy: number;
  readonly loss: number;
};

export type RecurrentStudySummary = {
  readonly kind: 'recurrent-study';
  readonly name: string;
  readonly description: string;
  readonly baseline: string;
  readonly seeds: readonly number[];
  readonly cells: readonly StudyCell[];
  readonly tuning: readonly Tuned[];
  readonly runs: {
    readonly finished: number;
    readonly diverged: number;
    readonly total: number;
  };
  /** Time of all runs that count, added up. */
  readonly seconds: number;
};

type Finished = { readonly job: RecurrentJob; readonly summary: RecurrentSummary };

/** Sums up what lies in a study's folder; runs may be missing. */
export function summarizeRecurrentStudy(
  study: RecurrentStudy,
  runs: readonly RecurrentJob[],
  tuning: readonly Tuned[],
  read: (job: RecurrentJob) => Outcome | null,
): RecurrentStudySummary {
  const outcomes = runs.map((job) => ({ job, outcome: read(job) }));
  const finished = outcomes.flatMap(({ job, outcome }): Finished[] =>
    outcome && 'summary' in outcome ? [{ job, summary: outcome.summary }] : [],
  );
  const diverged = outcomes.flatMap(({ job, outcome }) =>
    outcome && 'diverged' in outcome ? [job] : [],
  );
  const first = study.seeds[0]!;
  const cells = runs
    .filter(({ seed }) => seed === first)
    .map((cell) => summarizeCell(study, cell, finished));
  const compared = cells.filter(({ difference }) => difference?.adjustedP != null);
  const adjusted = adjustHolm(compared.map(({ difference }) => difference!.adjustedP!));
  const isOf = (job: StudyPlace, cell: StudyPlace) =>
    job.task === cell.task && job.length === cell.length;
  return {
    kind: 'recurrent-study',
    ...{ name: study.name, description: study.description, baseline: study.baseline },
    ...{ seeds: study.seeds, tuning },
    cells: cells.map((cell): StudyCell => {
      const at = compared.indexOf(cell);
      const chances = finished.flatMap(({ job, summary: { baselines } }) =>
        isOf(job, cell) && baselines
          ? [Math.max(baselines.unigramAccuracy, baselines.bigramAccuracy ?? 0)]
          : [],
      );
      return {
        ...cell,
        chance: chances.length === 0 ? null : mean(chances),
        diverged: diverged
          .filter((job) => isOf(job, cell) && job.algorithm === cell.algorithm)
          .map(({ seed }) => seed),
        difference:
          cell.difference && at >= 0
            ? { ...cell.difference, adjustedP: adjusted[at]! }
            : cell.difference,
      };
    }),
    runs: { finished: finished.length, diverged: diverged.length, total: runs.length },
    seconds: finished.reduce((sum, { summary }) => sum + summary.seconds, 0),
  };
}

function summarizeCell(
  study: RecurrentStudy,
  { task, length, algorithm, recipe }: RecurrentJob,
  finished: readonly Finished[],
): StudyCell {
  const select = (name: string) =>
    finished.filter(
      ({ job }) => job.task === task && job.length === length && job.algorithm === name,
    );
  const own = select(algorithm);
  const others = algorithm === study.baseline ? [] : select(study.baseline);
  const differences = own.flatMap(({ job, summary }) => {
    const other = others.find((candidate) => candidate.job.seed === job.seed);
    return other ? [accuracyOf(summary) - accuracyOf(other.summary)] : [];
  });
  const difference = estimate(differences);
  const measure = (stage: string, name: string) =>
    estimate(
      own.flatMap(({ summary }) => {
        const found = summary.stages.find((candidate) => candidate.stage === stage);
        const value = found?.measures[name];
        return typeof value === 'number' ? [value] : [];
      }),
    );
  return {
    ...{ task, length, algorithm, chance: null, diverged: [] },
    seeds: own.map(({ job }) => job.seed),
    alone: estimate(own.map(({ summary }) => accuracyOf(summary))),
    loss: estimate(own.map(({ summary }) => summary.rollout!.loss)),
    beforeDmt: measure('smt', 'rolledOutAccuracy'),
    teacher: measure('smt', 'teacherAccuracy'),
    stages: describeStages(own),
    curve: averageCurve(own),
    ...averageSeries(own),
    difference: difference && { ...difference, adjustedP: pairedTTestP(differences) },
    learningRate: (recipe.bptt ?? recipe.smt)!.optimizer.learningRate,
  };
}

function accuracyOf({ rollout }: RecurrentSummary): number {
  return rollout!.accuracy;
}

/** Medians over seeds of times; depth and parameters are one for all. */
function describeStages(own: readonly Finished[]): StudyCell['stages'] {
  return (own[0]?.summary.stages ?? []).map(({ stage, depth, parameters }) => {
    const times = own.flatMap(
      ({ summary }) => summary.stages.find((one) => one.stage === stage)?.stepMs ?? [],
    );
    times.sort((a, b) => a - b);
    return { stage, depth, parameters, stepMs: times[Math.floor(times.length / 2)] ?? null };
  });
}

function averageCurve(own: readonly Finished[]): StudyPoint[] {
  const curves = own.map(({ summary }) => summary.stages.flatMap(({ curve }) => curve));
  return (curves[0] ?? []).map(({ step, depth }, i) => {
    const points = curves.flatMap((curve) => curve[i] ?? []);
    return {
      ...{ step, depth },
      seconds: mean(points.map(({ seconds }) => seconds)),
      accuracy: mean(points.map(({ rolledOutAccuracy }) => rolledOutAccuracy ?? 0)),
      loss: mean(points.map(({ rolledOutLoss }) => rolledOutLoss ?? 0)),
    };
  });
}

function averageSeries(own: readonly Finished[]): Pick<StudyCell, 'gradients' | 'drift'> {
  const names = (own[0]?.summary.stages ?? []).map(({ stage }) => stage);
  const ofStage = (stage: RecurrentStage) =>
    own.flatMap(({ summary }) => summary.stages.find((one) => one.stage === stage) ?? []);
  const gradients = names.flatMap((stage) => {
    const found = ofStage(stage).flatMap((one) => one.gradients ?? []);
    if (found.length === 0) return [];
    const average = (part: 'first' | 'late') => averagePoints(found.map((one) => one[part]));
    return [{ first: average('first'), late: average('late') }];
  });
  const drift = names.flatMap((stage) => {
    const found = ofStage(stage).flatMap((one) => (one.drift ? [one.drift] : []));
    return found.length === 0 ? [] : [{ stage, points: averagePoints(found) }];
  });
  return { gradients: gradients.at(-1) ?? null, drift };
}

/** Means of y by x. */
function averagePoints(series: readonly (readonly SeriesPoint[])[]): SeriesPoint[] {
  const byX = new Map<number, number[]>();
  for (const [x, y] of series.flat()) byX.set(x, [...(byX.get(x) ?? []), y]);
  return [...byX].sort(([a], [b]) => a - b).map(([x, values]) => [x, mean(values)]);
}

function estimate(values: readonly number[]): SeedEstimate | null {
  if (values.length === 0) return null;
  return { mean: mean(values), interval: confidenceInterval95(values), values };
}
