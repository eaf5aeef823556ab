// The choice among the values that a study tries for a cell.

import { mean } from '../core/index.ts';
import { type Cell, listCells, type TunedValue, tuningOf } from './cells.ts';
import type { StudyRun } from './list-runs.ts';
import { measureRun } from './metric.ts';
import type { Outcome } from './outcome.ts';
import type { Study, Tuning } from './study-schema.ts';

/** The values that are tried for a cell. */
export type Tuned = {
  /** The cell's name. */
  readonly cell: string;
  readonly key: string;
  readonly tried: readonly TriedValue[];
  /** The best value; null while one is still to be tried, and if training diverged at every one. */
  readonly chosen: TunedValue | null;
};

export type TriedValue = {
  readonly value: TunedValue;
  /** Mean of the tuning's metric over its seeds; null if it is not known. */
  readonly result: number | null;
  /** `open` while a seed is still to be run, `diverged` where one did. */
  readonly state: 'done' | 'diverged' | 'open';
};

/** The results of the tuning runs. Among equal results the first value is chosen, in the order of the recipe. */
export function chooseValues(
  study: Study,
  runs: readonly StudyRun[],
  read: (run: StudyRun) => Outcome | null,
): Tuned[] {
  return listCells(study).flatMap((cell) => {
    const tuning = tuningOf(study, cell);
    if (!tuning) return [];
    const own = runs.filter((run) => run.cell.name === cell.name);
    const tried = tuning.values.map((value) =>
      judgeValue(value, own.filter((run) => run.value === value).map(read), tuning),
    );
    return [{ cell: cell.name, key: tuning.key, tried, chosen: chooseBest(tried, tuning) }];
  });
}

/** Whether training diverged at every value: a result, as the cell has no other runs. */
export function divergedAtAll({ chosen, tried }: Tuned): boolean {
  return chosen === null && tried.every(({ state }) => state === 'diverged');
}

/** The chosen value of a cell. */
export function chosenFor(tuned: readonly Tuned[], { name }: Cell): TunedValue | null {
  return tuned.find(({ cell }) => cell === name)?.chosen ?? null;
}

function chooseBest(
  tried: readonly TriedValue[],
  { metric: { better } }: Tuning,
): TunedValue | null {
  if (tried.some(({ state }) => state === 'open')) return null;
  const sign = better === 'lower' ? 1 : -1;
  let best: TriedValue | null = null;
  for (const entry of tried) {
    if (entry.result === null) continue;
    if (best === null || sign * entry.result < sign * best.result!) best = entry;
  }
  return best?.value ?? null;
}

function judgeValue(
  value: TunedValue,
  outcomes: readonly (Outcome | null)[],
  { metric }: Tuning,
): TriedValue {
  if (outcomes.some((outcome) => outcome?.state === 'diverged')) {
    return { value, result: null, state: 'diverged' };
  }
  const summaries = outcomes.flatMap((outcome) =>
    outcome?.state === 'done' ? [outcome.summary] : [],
  );
  if (summaries.length < outcomes.length) return { value, result: null, state: 'open' };
  const results = summaries.flatMap((summary) => measureRun(summary, metric) ?? []);
  const result = results.length < summaries.length ? null : mean(results);
  return { value, result, state: 'done' };
}
