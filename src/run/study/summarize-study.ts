// What a study found: arms against the baseline in pairs of one seed, with the gate of what each arm began with.

import { existsSync } from 'node:fs';
import {
  adjustHolm,
  confidenceInterval95,
  mean,
  pairedTTestP,
  standardDeviation,
} from '../../core/index.ts';
import {
  type GateRequirement,
  type GateResult,
  meetsRequirement,
  VERDICTS,
  type Verdict,
} from '../../eval/index.ts';
import { gapCurves, measureSpeedUp } from '../compare-arms.ts';
import {
  holdsSupersededGate,
  isControl,
  readGateOf,
  refuseSupersededGate,
} from '../gate-record.ts';
import { runPaths } from '../run-folder.ts';
import type { ArmSummary, Summary } from '../summary.ts';
import { readSummaryJudgedOrNot } from '../summary-file.ts';
import type { StudyJob } from './plan-study.ts';
import { jobDirectory } from './study-folder.ts';
import type { Study } from './study-recipe.ts';

/** A mean over paired seeds with its 95 % interval (Student's t); null for a single pair. */
export type Estimate = {
  readonly mean: number;
  readonly interval: readonly [number, number] | null;
  readonly pairs: number;
};

/** A difference of two arms over paired seeds. */
export type Difference = Estimate & {
  /** Of the two-sided paired t-test; null for a single pair. */
  readonly p: number | null;
  /** `p` adjusted by Holm for all comparisons of the study. */
  readonly adjustedP: number | null;
};

/** Two arms that the study names, compared on one corpus. */
export type StudyContrast = {
  readonly corpus: string;
  readonly arm: string;
  readonly against: string;
  /** `arm` minus `against`; null where no pair is finished, or one of them is excluded. */
  readonly difference: Difference | null;
};

/** A source model under one seed. */
export type StudySource = {
  readonly name: string;
  /** Null where every corpus shares it. */
  readonly corpus: string | null;
  readonly seed: number;
  /** Null for a source that is text, while it has not been run, and where its gate was superseded. */
  readonly gate: GateResult | null;
  /** Whether its gate is one of fewer predictors than there are now. */
  readonly superseded: boolean;
  /** What the study requires of it; null for nothing. */
  readonly requireGate: GateRequirement | null;
  /** Whether it has learned less than is required. */
  readonly failed: boolean;
  /** Tokens it was trained on. */
  readonly tokens: number;
  readonly finished: boolean;
};

/**
 * An arm on one corpus. Where it is excluded there are its runs, but no mean and no comparison.
 */
export type StudyArm = {
  readonly name: string;
  /** The source that it began with; null from scratch. */
  readonly from: string | null;
  readonly sourceTokens: number;
  /**
   * What its sources have learned, the least over seeds; `control` where the source is a world with nothing to infer;
   * `not judged` where a gate of them was superseded; `none` where there is nothing to judge (no source, or text), or it has not been run.
   */
  readonly gate: Verdict | 'control' | 'not judged' | 'none';
  /** Whether a source of it has learned less than the study requires: the arm enters no mean and no comparison. */
  readonly excluded: boolean;
  /** One entry a seed that has been run, in order of the study's seeds. */
  readonly runs: readonly ArmSummary[];
  /** Mean final loss in nats per token; null while no run is finished. */
  readonly loss: number | null;
  /** Standard deviation over seeds; null for fewer than two. */
  readonly spread: number | null;
  readonly bitsPerByte: number | null;
  /** Final loss minus the baseline's under the same seed. Null for the baseline, and where no pair is finished. */
  readonly difference: Difference | null;
  /** The baseline's tokens by those at which the arm reaches its final loss; null unless every pair gets there. */
  readonly speedUp: Estimate | null;
  /** The same with the source's tokens counted as the arm's. */
  readonly speedUpWithSource: Estimate | null;
  /** Arm minus baseline over training. */
  readonly gap: readonly (Estimate & { readonly tokens: number })[];
};

export type StudyCorpus = { readonly name: string; readonly arms: readonly StudyArm[] };

export type StudySummary = {
  readonly name: string;
  readonly description: string;
  readonly baseline: string;
  readonly seeds: readonly number[];
  readonly corpora: readonly StudyCorpus[];
  readonly contrasts: readonly StudyContrast[];
  /** Intervals of differences in `corpora` and `contrasts`: the family that p values are adjusted for. */
  readonly comparisons: number;
  readonly sources: readonly StudySource[];
  readonly runs: { readonly finished: number; readonly total: number };
  /** Time of all runs, added up. */
  readonly seconds: number;
};

/**
 * @throws UserError where a source whose verdict decides whether its arms count has a gate that was superseded; of controls nothing is asked
 */
export function requireVerdicts(jobs: readonly StudyJob[], directory: string): void {
  for (const job of jobs) {
    const file = runPaths(jobDirectory(directory, job)).summary;
    if (job.kind === 'source' && job.recipe.requireGate !== undefined && existsSync(file)) {
      if (!isControl(readGateOf(file))) refuseSupersededGate(file);
    }
  }
}

/**
 * Sums up what lies in a study's folder; runs may be missing.
 *
 * @throws UserError as `requireVerdicts`, and for a damaged summary
 */
export function summarizeStudy(
  study: Study,
  jobs: readonly StudyJob[],
  directory: string,
): StudySummary {
  requireVerdicts(jobs, directory);
  const summaries = new Map(
    jobs.flatMap((job) => {
      const file = runPaths(jobDirectory(directory, job)).summary;
      return existsSync(file) ? [[job.id, readSummaryJudgedOrNot(file)] as const] : [];
    }),
  );
  const sources = jobs
    .filter(({ kind }) => kind === 'source')
    .map((job): StudySource => {
      const { id, name, corpus, seed, recipe } = job;
      const stage = recipe.source ?? recipe.text!;
      const gate = summaries.get(id)?.gate ?? null;
      return {
        name,
        corpus,
        seed,
        gate,
        superseded:
          summaries.has(id) && holdsSupersededGate(runPaths(jobDirectory(directory, job)).summary),
        requireGate: recipe.requireGate ?? null,
        failed: gate !== null && !meetsRequirement(gate, recipe.requireGate),
        tokens: stage.steps * stage.batchSize * stage.accumulate * stage.contextLength,
        finished: summaries.has(id),
      };
    });
  const measured = Object.keys(study.corpora).map((name) => ({
    name,
    arms: summarizeCorpus(study, name, jobs, summaries, sources),
  }));
  const named = measured.flatMap(({ name, arms }) => compareNamed(study, name, arms));
  const { corpora, contrasts, comparisons } = adjustAll(measured, named);
  return {
    name: study.name,
    description: study.description,
    baseline: study.baseline,
    seeds: study.seeds,
    corpora,
    contrasts,
    comparisons,
    sources,
    runs: { finished: summaries.size, total: jobs.length },
    seconds: [...summaries.values()].reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

function summarizeCorpus(
  study: Study,
  corpus: string,
  jobs: readonly StudyJob[],
  summaries: ReadonlyMap<string, Summary>,
  sources: readonly StudySource[],
): StudyArm[] {
  const runsOf = (arm: string) =>
    jobs
      .filter((job) => job.kind === 'arm' && job.corpus === corpus && job.name === arm)
      .flatMap(({ id }) => summaries.get(id)?.arms ?? [])
      .map((run) => ({ ...run, name: arm }));
  const sourcesOf = (from: string | undefined) =>
    sources.filter((source) => source.name === from && (source.corpus ?? corpus) === corpus);
  // A baseline that begins with a source has a gate of its own.
  const isUsable = !sourcesOf(study.arms[study.baseline]!.from).some(({ failed }) => failed);
  const baseline = isUsable ? runsOf(study.baseline) : [];
  return Object.entries(study.arms).map(([name, { from }]) =>
    summarizeArmRuns(name, runsOf(name), {
      baseline: name === study.baseline ? [] : baseline,
      from: from ?? null,
      sources: sourcesOf(from),
    }),
  );
}

/** The study's contrasts on one corpus. */
function compareNamed(study: Study, corpus: string, arms: readonly StudyArm[]): StudyContrast[] {
  const find = (name: string) => arms.find((arm) => arm.name === name)!;
  return study.contrasts.map(([arm, against]) => {
    const [first, second] = [find(arm), find(against)];
    const pairs = first.excluded || second.excluded ? [] : pairRuns(first.runs, second.runs);
    return { corpus, arm, against, difference: compare(pairs) };
  });
}

/** Adjusts the p values of all comparisons for each other. */
function adjustAll(corpora: readonly StudyCorpus[], contrasts: readonly StudyContrast[]) {
  const family = [...corpora.flatMap(({ arms }) => arms), ...contrasts].flatMap(({ difference }) =>
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
    corpora: corpora.map(({ name, arms }) => ({ name, arms: arms.map(adjust) })),
    contrasts: contrasts.map(adjust),
    comparisons: family.length,
  };
}

type ArmContext = {
  readonly baseline: readonly ArmSummary[];
  readonly from: string | null;
  readonly sources: readonly StudySource[];
};

function summarizeArmRuns(
  name: string,
  runs: readonly ArmSummary[],
  { baseline, from, sources }: ArmContext,
): StudyArm {
  const sourceTokens = sources[0]?.tokens ?? 0;
  const gate = judgeSources(sources);
  const excluded = sources.some(({ failed }) => failed);
  const counted = excluded ? [] : runs;
  const pairs = pairRuns(counted, baseline);
  const losses = present(counted.map(({ textLoss }) => textLoss));
  const bits = present(counted.map(({ bitsPerByte }) => bitsPerByte));
  const speedUps = (extra: number) =>
    pairs.map(({ arm, other }) => measureSpeedUp(arm.curve, other.curve, extra));
  return {
    name,
    from,
    sourceTokens,
    gate,
    excluded,
    runs,
    loss: losses.length === 0 ? null : mean(losses),
    spread: losses.length < 2 ? null : standardDeviation(losses),
    bitsPerByte: bits.length === 0 ? null : mean(bits),
    difference: compare(pairs),
    speedUp: estimateAll(speedUps(0)),
    speedUpWithSource: from === null ? null : estimateAll(speedUps(sourceTokens)),
    gap: estimateGap(counted, baseline),
  };
}

type Pair = {
  readonly arm: ArmSummary;
  readonly other: ArmSummary;
  readonly difference: number;
};

/** Runs of one seed that both have a final loss. */
function pairRuns(runs: readonly ArmSummary[], others: readonly ArmSummary[]): Pair[] {
  return runs.flatMap((arm) => {
    const other = others.find(({ seed }) => seed === arm.seed);
    return other && arm.textLoss !== null && other.textLoss !== null
      ? [{ arm, other, difference: arm.textLoss - other.textLoss }]
      : [];
  });
}

/** The p value is adjusted when all comparisons are known. */
function compare(pairs: readonly Pair[]): Difference | null {
  const differences = pairs.map(({ difference }) => difference);
  const estimated = estimate(differences);
  return estimated && { ...estimated, p: pairedTTestP(differences), adjustedP: null };
}

function judgeSources(sources: readonly StudySource[]): StudyArm['gate'] {
  if (sources.some(({ superseded }) => superseded)) return 'not judged';
  const gates = sources.flatMap(({ gate }) => gate ?? []);
  if (gates.length === 0) return 'none';
  if (gates.every(({ control }) => control)) return 'control';
  return VERDICTS.find((verdict) => gates.some((gate) => gate.verdict === verdict))!;
}

function estimate(values: readonly number[]): Estimate | null {
  if (values.length === 0) return null;
  return { mean: mean(values), interval: confidenceInterval95(values), pairs: values.length };
}

function estimateAll(values: readonly (number | null)[]): Estimate | null {
  const reached = present(values);
  return reached.length === values.length ? estimate(reached) : null;
}

function estimateGap(
  runs: readonly ArmSummary[],
  baseline: readonly ArmSummary[],
): StudyArm['gap'] {
  const curves = gapCurves(
    [...runs, ...baseline.map((run) => ({ ...run, name: BASELINE_NAME }))],
    BASELINE_NAME,
  );
  const byTokens = new Map<number, number[]>();
  for (const { points } of curves) {
    for (const [tokens, gap] of points)
      byTokens.set(tokens, [...(byTokens.get(tokens) ?? []), gap]);
  }
  return [...byTokens]
    .sort(([a], [b]) => a - b)
    .map(([tokens, gaps]) => ({ tokens, ...estimate(gaps)! }));
}

/** No arm has this name: it would not be a folder's. */
const BASELINE_NAME = '(baseline)';

function present(values: readonly (number | null)[]): number[] {
  return values.filter((value): value is number => value !== null);
}
