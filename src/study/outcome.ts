// How a run of a study ended: that of one job, or of several one after the other.

import type { RunSummary, StageSummary } from '../run/experiment.ts';
import { FROM_RUN } from './split-recipe.ts';

/** How a job or a run ended. A diverged run would diverge again. */
export type Outcome =
  | { readonly state: 'done'; readonly summary: RunSummary }
  | { readonly state: 'diverged'; readonly message: string };

/**
 * The outcome of jobs that continue each other, as if they were one run; null while one of them is not finished.
 *
 * @param outcomes in the order of their stages
 */
export function joinOutcomes(outcomes: readonly (Outcome | null)[]): Outcome | null {
  const last = outcomes.findIndex((outcome) => outcome !== null && isEnd(outcome));
  if (last >= 0 && last < outcomes.length - 1) return joinOutcomes(outcomes.slice(0, last + 1));
  const diverged = outcomes.find((outcome) => outcome?.state === 'diverged');
  if (diverged) return diverged;
  const summaries = outcomes.flatMap((outcome) =>
    outcome?.state === 'done' ? [outcome.summary] : [],
  );
  if (summaries.length === 0 || summaries.length < outcomes.length) return null;
  return { state: 'done', summary: summaries.reduce(joinSummaries) };
}

/** Whether no job can continue from a job. */
function isEnd(outcome: Outcome): boolean {
  return outcome.state === 'diverged' || outcome.summary.stages.some(({ refused }) => refused);
}

/** A run that ends with the second's stages. */
function joinSummaries(before: RunSummary, after: RunSummary): RunSummary {
  return {
    ...after,
    stages: [...before.stages, ...after.stages.map((stage) => goOn(stage, before))],
    baselines: after.baselines ?? before.baselines,
    seconds: before.seconds + after.seconds,
  };
}

/** A stage of the whole run, with the name of its source there, and its curve shifted by the earlier stages. */
function goOn(stage: StageSummary, { stages }: RunSummary): StageSummary {
  const end = stages.flatMap(({ curve }) => curve).at(-1);
  const { start } = stage;
  const origin = start?.from.startsWith(FROM_RUN) ? stages.at(-1)?.name : undefined;
  const named = origin === undefined ? stage : { ...stage, start: { ...start!, from: origin } };
  if (!end) return named;
  return {
    ...named,
    curve: stage.curve.map((point) => ({
      ...point,
      totalSteps: end.totalSteps + point.totalSteps,
      seconds: end.seconds + point.seconds,
      depth: end.depth === null || point.depth === null ? null : end.depth + point.depth,
    })),
  };
}
