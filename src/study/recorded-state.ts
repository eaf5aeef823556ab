// The state of a study as its folder records it. Nothing is planned again, so that a report needs none of the kinds that
// recipes name, and a later version's defaults change no study that has been run.

import { UserError } from '../core/index.ts';
import { type Cell, tuningOf } from './cells.ts';
import { chooseValues, chosenFor } from './choose-values.ts';
import { listCellRuns, listTuningRuns, type StudyRun } from './list-runs.ts';
import { joinOutcomes, type Outcome } from './outcome.ts';
import { chainOf, type Plan } from './plan.ts';
import type { StagedRecipe } from './split-recipe.ts';
import { hasPlan, readOutcome, readPlan, type StagedExperiment } from './study-folder.ts';
import type { Study } from './study-schema.ts';
import type { StudyState } from './study-state.ts';

export type RecordedState = StudyState & {
  /** The runs that count; those of cells whose value is not chosen yet have the first one. */
  readonly all: readonly StudyRun[];
};

/**
 * Reads a study's folder. Recipes of runs are as the study writes them, without defaults; those of jobs are whole.
 *
 * @throws UserError if the folder holds a damaged study, or a run that is not part of it
 */
export function readRecordedState(
  study: Study,
  { summarize }: Pick<StagedExperiment, 'summarize'>,
  directory: string,
): RecordedState {
  const plan = hasPlan(directory) ? readPlan(directory) : NOT_BEGUN;
  const outcomes = new Map<string, Outcome | null>();
  const read = (id: string) => {
    if (!outcomes.has(id)) outcomes.set(id, readOutcome(directory, id, { summarize }));
    return outcomes.get(id)!;
  };
  const outcomeOf = (run: Pick<StudyRun, 'id'>) =>
    joinOutcomes(chainOf(plan, run).map(({ id }) => read(id)));
  const isPlanned = ({ id }: StudyRun) => plan.jobOf.has(id);
  const tuning = listTuningRuns(study, asWritten);
  const tuned = chooseValues(study, tuning, outcomeOf);
  const choose = (cell: Cell) => chosenFor(tuned, cell) ?? tuningOf(study, cell)!.values[0]!;
  const all = listCellRuns(study, choose, asWritten);
  requireKnown(plan, [...tuning, ...all]);
  return {
    tuning,
    tuned,
    plan,
    outcomeOf,
    all,
    runs: all.filter(isPlanned),
    outcomeOfJob: read,
  };
}

const NOT_BEGUN: Plan = { jobs: new Map(), jobOf: new Map() };

function asWritten(recipe: unknown): StagedRecipe {
  return recipe as StagedRecipe;
}

/** Runs that the study does not name any more would vanish from its report. */
function requireKnown({ jobOf }: Plan, runs: readonly StudyRun[]): void {
  const known = new Set(runs.map(({ id }) => id));
  const lost = [...jobOf.keys()].find((id) => !known.has(id));
  if (lost === undefined) return;
  throw new UserError(`${lost} has been planned, and is no longer part of the study`, {
    hint: 'a study may grow, not shrink: put the axes, members and seeds back that study.json had',
  });
}
