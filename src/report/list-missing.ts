// What an unfinished run has not come to yet, in sentences: of training runs, studies and arms races.

import { plural } from '../core/index.ts';
import type { RedQueenSummary } from '../redqueen/index.ts';
import type { StageSummary } from '../training/summary.ts';
import { joinNames } from './join-names.ts';

/** How far a stage is, and what its recipe asks for. */
export type StageProgress = Pick<StageSummary, 'name' | 'steps' | 'finished' | 'refused'> & {
  /** Optimizer steps of the whole stage. */
  readonly plannedSteps: number;
  /** Evaluations on held-out data, so far and by the end. */
  readonly evaluations: number;
  readonly plannedEvaluations: number;
};

/** Evaluations that a stage makes: before the first step, every so many steps, and at the end. */
export function countEvaluations(steps: number, evaluateEvery: number): number {
  return 1 + Math.ceil(steps / evaluateEvery);
}

/**
 * What a training run lacks; nothing where it is finished, or where a stage was not begun because of `requireGate`.
 *
 * @param atEnd what is made once stages are finished, as things: `the sample`
 */
export function listMissingStages(
  stages: readonly StageProgress[],
  atEnd: readonly string[],
): string[] {
  if (stages.some(({ refused }) => refused)) return [];
  const open = stages.filter(({ finished }) => !finished);
  return [
    ...open.map(describeStage),
    ...(atEnd.length > 0 ? [`Made at the end, and not there yet: ${joinNames(atEnd)}.`] : []),
  ];
}

function describeStage({
  name,
  steps,
  plannedSteps,
  evaluations,
  plannedEvaluations,
}: StageProgress): string {
  if (steps === 0 && evaluations === 0) {
    return `Stage ${name} has not begun: ${plural(plannedSteps, 'step')}.`;
  }
  const evaluated = `${evaluations} of ${plural(plannedEvaluations, 'evaluation')} made`;
  if (steps < plannedSteps) {
    return `Stage ${name} is at step ${steps} of ${plannedSteps}, with ${evaluated}.`;
  }
  return `Stage ${name} has done all ${plural(steps, 'step')}, with ${evaluated}, and has not saved its model yet.`;
}

/** A run of a study that has not ended. */
export type MissingRun = {
  /** `nca seed 1` */
  readonly label: string;
  /** Where it stands, as a clause; null where it has not begun. */
  readonly progress: string | null;
  /** Why its job failed, where it did. */
  readonly failure: string | null;
};

/** Runs that are named one by one; of more, only how many there are. */
const NAMED_RUNS = 12;

/** What a study lacks. */
export function listMissingRuns(missing: readonly MissingRun[], total: number): string[] {
  if (missing.length === 0) return [];
  const begun = missing.filter(({ progress }) => progress !== null);
  const failed = missing.filter(({ failure }) => failure !== null);
  const waiting = missing.filter(({ progress, failure }) => progress === null && failure === null);
  const name = (runs: readonly MissingRun[]) => {
    const labels = runs.slice(0, NAMED_RUNS).map(({ label }) => label);
    const rest = runs.length - labels.length;
    return joinNames(rest > 0 ? [...labels, `${rest} more`] : labels);
  };
  return [
    `${missing.length} of ${plural(total, 'run')} ${missing.length === 1 ? 'has' : 'have'} not ended.`,
    ...failed.slice(0, NAMED_RUNS).map(({ label, failure }) => `${label} failed: ${failure}`),
    ...begun
      .filter(({ failure }) => failure === null)
      .slice(0, NAMED_RUNS)
      .map(({ label, progress }) => `${label} is ${progress}.`),
    ...(waiting.length > 0 ? [`Not begun: ${name(waiting)}.`] : []),
  ];
}

/**
 * What an arms race lacks.
 *
 * @param planned candidates of the round that is under way
 */
export function listMissingRounds(
  { rounds, finished }: Pick<RedQueenSummary, 'rounds' | 'finished'>,
  all: number,
  { isOver, planned }: { readonly isOver: boolean; readonly planned: number },
): string[] {
  if (finished) return [];
  const last = rounds.at(-1);
  const next = (last?.round ?? 0) + 1;
  return [
    ...(last && !isOver
      ? [`Round ${last.round} has ${last.candidates} of ${plural(planned, 'candidate')}.`]
      : []),
    ...(next < all ? [`Rounds ${next} to ${all} have not begun.`] : []),
    ...(next === all ? [`Round ${all} has not begun.`] : []),
  ];
}
