// One page of several runs, whatever kind they are of, as plain data.

import { UserError } from '../core/index.ts';
import { readKind } from '../run/run-record.ts';
import type { Registries } from '../training/registries.ts';
import { collectRaceComparison } from './collect-red-queen.ts';
import { collectStudyReport } from './collect-study.ts';
import { collectTrainingReport } from './collect-training.ts';
import { labelFolders, refuseRepeated } from './label-folders.ts';
import { compareRaces } from './red-queen-comparison.ts';
import { compareStudies } from './study-comparison.ts';
import { compareTrainingRuns } from './training-comparison.ts';
import type { ReportPage } from './types.ts';

/** Registries of each run, in the order of their folders: plugins may add to them. */
type Compare = (directories: readonly string[], registries: readonly Registries[]) => ReportPage;

const COMPARISONS: Readonly<Record<string, Compare>> = {
  training: (directories, registries) =>
    compareTrainingRuns(
      labelFolders(directories).map((label, i) => {
        const data = collectTrainingReport(directories[i]!, registries[i]!);
        return { ...data, label, data };
      }),
    ),
  study: (directories, registries) =>
    compareStudies(
      labelFolders(directories).map((label, i) => {
        const data = collectStudyReport(directories[i]!, registries[i]!);
        return { ...data, label, data };
      }),
    ),
  redqueen: (directories) => compareRaces(collectRaceComparison(directories)),
};

const KIND_NAMES: Readonly<Record<string, string>> = {
  training: 'a training run',
  study: 'a study',
  redqueen: 'an arms race',
};

/**
 * A page that compares runs of one kind: training runs, studies or arms races.
 *
 * @param directories two folders at least
 * @throws UserError where kinds are mixed, a folder holds no run, or is given twice
 */
export function buildComparisonPage(
  directories: readonly string[],
  registries: readonly Registries[],
): ReportPage {
  const kinds = directories.map((directory) => requireKnown(directory, readKind(directory)));
  const other = kinds.findIndex((kind) => kind !== kinds[0]);
  if (other > 0) {
    const name = (i: number) => `${directories[i]} is ${KIND_NAMES[kinds[i]!]}`;
    throw new UserError(`${name(0)}, and ${name(other)}: only runs of one kind can be compared`, {
      hint: 'give folders of training runs, of studies, or of arms races',
    });
  }
  if (kinds[0] !== 'redqueen') refuseRepeated(directories, 'give each run once');
  return COMPARISONS[kinds[0]!]!(directories, registries);
}

function requireKnown(directory: string, kind: string | null): string {
  if (kind !== null && Object.hasOwn(KIND_NAMES, kind)) return kind;
  const what = kind === null ? 'no run' : `a run of kind '${kind}', which has no report`;
  throw new UserError(`${directory} holds ${what}`, {
    hint: 'give folders that train, quickstart, study or drq wrote',
  });
}
