// Checks that a study compares numbers on the same scale: losses on different kinds of data are not comparable.

import { UserError } from '../core/index.ts';
import { isOverlay } from '../run/load-recipe.ts';
import { findCell } from './cells.ts';
import type { StudyRun } from './list-runs.ts';
import type { StagedRecipe } from './split-recipe.ts';
import type { Members, Metric, Study } from './study-schema.ts';

/**
 * Bits per byte are exempt: they belong to a text, however it was tokenized.
 *
 * @throws UserError if a cell and what it is compared with are measured on other kinds of data
 */
export function requireSameData(study: Study, runs: readonly StudyRun[]): void {
  const { metric, baseline, contrasts } = study;
  if (metric.name === 'bitsPerByte') return;
  const cells = runs.map(({ cell, recipe }) => ({ ...cell, data: dataOf(recipe, metric) }));
  for (const cell of cells) {
    const others: Members[] = [
      baseline,
      ...contrasts
        .filter(({ axis, treatment }) => cell.members[axis] === treatment)
        .map(({ axis, control }) => ({ [axis]: control })),
    ];
    for (const changes of others) {
      const other = findCell(cells, cell, changes);
      if (!other || other.data === cell.data || !other.data || !cell.data) continue;
      throw new UserError(
        `${study.name}: ${cell.name} is measured on ${cell.data}, and ${other.name}, which it is compared with, on ${other.data}`,
        {
          hint: 'compare numbers of the same data: name the stage that is measured ("metric": { "stage": … }), or give both cells the same last stage',
        },
      );
    }
  }
}

/** The kind of data of the stage that is measured, its own or the run's; null if the run has no such stage, and no number. */
function dataOf(
  { stages = {}, data }: StagedRecipe & { readonly data?: unknown },
  metric: Metric,
): string | null {
  const stage = stages[metric.stage ?? Object.keys(stages).at(-1) ?? ''];
  if (stage === undefined) return null;
  const own = stage.data ?? data;
  return isOverlay(own) ? String(own.kind) : 'no data';
}
