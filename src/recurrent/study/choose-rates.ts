// The learning rates of a study: what was tried for a task at a length, and what is taken.

import { mean } from '../../core/index.ts';
import {
  type Outcome,
  planRuns,
  planTuning,
  type RecurrentJob,
  type StudyPlace,
} from './plan-study.ts';
import type { RecurrentStudy } from './study-recipe.ts';

/** The rates that are tried for a task at a length. */
export type Tuned = StudyPlace & {
  readonly tried: readonly TriedRate[];
  /** The rate with the lowest loss; null while one is still to be tried, and where every rate diverged. */
  readonly chosen: number | null;
};

export type TriedRate = {
  readonly rate: number;
  /** Mean over the tuning seeds of the finished network's loss on its own; null where it is not known, or infinite. */
  readonly loss: number | null;
  /** `open` while a seed is still to be run, `diverged` where one did. */
  readonly state: 'done' | 'diverged' | 'open';
};

/** Reads what the tuning runs came to. */
export function chooseRates(
  study: RecurrentStudy,
  read: (job: RecurrentJob) => Outcome | null,
): Tuned[] {
  const jobs = planTuning(study);
  const places = jobs.filter((job, i) => jobs.findIndex((other) => isSame(other, job)) === i);
  return places.map(({ task, length, algorithm }) => {
    const own = jobs.filter((job) => isSame(job, { task, length, algorithm }));
    const tried = study.tuning.learningRates.map((rate) =>
      judgeRate(rate, own.filter((job) => job.tried === rate).map(read)),
    );
    const done = tried.filter(({ loss }) => loss !== null);
    const open = tried.some(({ state }) => state === 'open');
    const best =
      open || done.length === 0 ? null : done.reduce((a, b) => (b.loss! < a.loss! ? b : a));
    return { task, length, algorithm, tried, chosen: best?.rate ?? null };
  });
}

function judgeRate(rate: number, outcomes: readonly (Outcome | null)[]): TriedRate {
  if (outcomes.some((outcome) => outcome && 'diverged' in outcome)) {
    return { rate, loss: null, state: 'diverged' };
  }
  const losses = outcomes.flatMap((outcome) =>
    outcome && 'summary' in outcome ? [outcome.summary.rollout!.loss] : [],
  );
  if (losses.length < outcomes.length) return { rate, loss: null, state: 'open' };
  return { rate, loss: mean(losses), state: 'done' };
}

/** The runs that count, with the rates that were chosen, or those of the recipe where none is yet. */
export function planChosen(study: RecurrentStudy, tuned: readonly Tuned[]): RecurrentJob[] {
  return planRuns(study, (place) => tuned.find((entry) => isSame(entry, place))?.chosen ?? null);
}

function isSame(a: StudyPlace, b: StudyPlace): boolean {
  return a.task === b.task && a.length === b.length && a.algorithm === b.algorithm;
}
