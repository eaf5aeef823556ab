// The state of a study: its runs, their jobs, and which of them have ended.

import { UserError } from '../core/index.ts';
import { type Cell, tuningOf } from './cells.ts';
import { chooseValues, chosenFor, type Tuned } from './choose-values.ts';
import { listCellRuns, listTuningRuns, type StudyRun } from './list-runs.ts';
import { joinOutcomes, type Outcome } from './outcome.ts';
import { chainOf, type Plan, planJobs } from './plan.ts';
import { readBegun, readOutcome, type StagedExperiment } from './study-folder.ts';
import type { Study } from './study-schema.ts';

export type StudyState = {
  /** The runs that choose values. */
  readonly tuning: readonly StudyRun[];
  /** The runs that count, except for those of cells whose value is not chosen yet. */
  readonly runs: readonly StudyRun[];
  readonly tuned: readonly Tuned[];
  /** Of both. */
  readonly plan: Plan;
  /** How a run has ended; null while it has not. */
  readonly outcomeOf: (run: Pick<StudyRun, 'id'>) => Outcome | null;
  readonly outcomeOfJob: (id: string) => Outcome | null;
};

/**
 * Reads a study's folder, which need not exist yet.
 *
 * @throws UserError for an invalid recipe, and if a job has started with another one
 */
export function readStudyState(
  study: Study,
  experiment: Pick<StagedExperiment, 'parse' | 'summarize'>,
  directory: string,
): StudyState {
  const { parse } = experiment;
  const begun = readBegun(directory, experiment);
  const outcomes = new Map<string, Outcome | null>();
  const read = (id: string) => {
    if (!outcomes.has(id)) outcomes.set(id, readOutcome(directory, id, experiment));
    return outcomes.get(id)!;
  };
  const readerOf = (plan: Plan) => (run: Pick<StudyRun, 'id'>) =>
    joinOutcomes(chainOf(plan, run).map(({ id }) => read(id)));
  const tuning = listTuningRuns(study, parse);
  const tuned = chooseValues(study, tuning, readerOf(planJobs(tuning, begun, parse)));
  const runs = listCellRuns(study, (cell) => chosenFor(tuned, cell), parse);
  const plan = planJobs([...tuning, ...runs], begun, parse);
  refuseLost(plan, begun, { isWhole: tuned.every(({ chosen }) => chosen !== null) });
  return { tuning, runs, tuned, plan, outcomeOf: readerOf(plan), outcomeOfJob: read };
}

/** The runs that count, with the first value if none is chosen yet. */
export function listAllRuns(
  study: Study,
  { parse }: Pick<StagedExperiment, 'parse'>,
  tuned: readonly Tuned[],
): StudyRun[] {
  const choose = (cell: Cell) => chosenFor(tuned, cell) ?? tuningOf(study, cell)!.values[0]!;
  return listCellRuns(study, choose, parse);
}

/**
 * Jobs that have started must still be part of the study: otherwise they would vanish from the report.
 *
 * @param context.isWhole whether all values are chosen, so that every job is known
 */
function refuseLost(
  { jobs }: Plan,
  begun: ReadonlyMap<string, unknown>,
  { isWhole }: { readonly isWhole: boolean },
): void {
  const isOpen = (id: string) => !isWhole && !id.startsWith('tuning/');
  const lost = [...begun.keys()].find((id) => !jobs.has(id) && !isOpen(id));
  if (lost === undefined) return;
  throw new UserError(`jobs/${lost} has been run, and is no longer part of the study`, {
    hint:
      'a study can grow, but not shrink: keep its axes, members and seeds, those given with --set and --seeds too; ' +
      'or choose another --out',
  });
}
