// The source of a cell's compared stage, and what it has learned.

import { UserError } from '../core/index.ts';
import {
  type GateResult,
  meetsRequirement,
  PREDICTORS_VERSION,
  VERDICTS,
  type Verdict,
} from '../eval/index.ts';
import type { RunSummary, StageSummary } from '../run/experiment.ts';
import { findStage } from './metric.ts';
import { chainOf } from './plan.ts';
import { jobFolder } from './study-folder.ts';
import type { Metric, Study } from './study-schema.ts';
import type { StudyState } from './study-state.ts';

/** The source of a cell's compared stage, over seeds. */
export type CellSource = {
  /** A stage, a source that comes with the package, or a folder; null from scratch. */
  readonly from: string | null;
  /** Tokens that it was trained on. */
  readonly sourceTokens: number;
  /**
   * What it has learned, the least over seeds: `control` if there was nothing to infer, `not judged` if its gate had fewer
   * predictors than there are now, `none` if there is nothing to judge or it has not been run.
   */
  readonly gate: Verdict | 'control' | 'not judged' | 'none';
  /** Whether it has learned less than is required: the cell enters no mean and no comparison. */
  readonly excluded: boolean;
};

/** @param summaries of the cell's finished runs */
export function judgeSource(
  summaries: readonly RunSummary[],
  { metric, requireGate }: Pick<Study, 'metric' | 'requireGate'>,
): CellSource {
  const sources = summaries.map((summary) => findSource(summary, metric));
  const gates = sources.flatMap(({ gate }) => gate ?? []);
  const isRefused = summaries.some(({ stages }) => stages.some(({ refused }) => refused));
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

/** The source of the compared stage of a run, through the stages before it. */
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

/** The stage of the same run from which one starts. */
function findBefore(
  stages: readonly StageSummary[],
  stage: StageSummary,
): StageSummary | undefined {
  const earlier = stages.slice(0, stages.indexOf(stage));
  return earlier.find(({ name }) => name === stage.start!.from);
}

function judgeGates(gates: readonly GateResult[]): CellSource['gate'] {
  if (gates.length === 0) return 'none';
  if (gates.every(({ control }) => control)) return 'control';
  if (gates.some(isSuperseded)) return 'not judged';
  return VERDICTS.find((verdict) => gates.some((gate) => gate.verdict === verdict))!;
}

function isSuperseded({ predictorsVersion }: GateResult): boolean {
  return predictorsVersion < PREDICTORS_VERSION;
}

/**
 * @throws UserError if a verdict that decides whether a cell counts used fewer predictors than there are now; nothing is required
 *   of controls
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
      `${run.label}: the gate of what it begins with compared the model with fewer predictors than there are now`,
      { hint: `to judge it again: primordia gate ${directory}/${jobFolder(job)}` },
    );
  }
}
