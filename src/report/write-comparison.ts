// One page of several runs, whatever kind they are of.

import path from 'node:path';
import { UserError } from '../core/index.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { readKind } from '../run/run-record.ts';
import type { Registries } from '../training/registries.ts';
import { writeRedQueenReport } from './collect-red-queen.ts';
import { collectStudyReport } from './collect-study.ts';
import { collectTrainingReport } from './collect-training.ts';
import { labelFolders, refuseRepeated } from './label-folders.ts';
import { buildStudyComparison } from './study-comparison.ts';
import { buildTrainingComparison } from './training-comparison.ts';

/** Registries of each run, in the order of their folders: plugins may add to them. */
type Compare = (directories: readonly string[], registries: readonly Registries[]) => string;

const COMPARISONS: Readonly<Record<string, Compare>> = {
  training: (directories, registries) =>
    buildTrainingComparison(
      labelFolders(directories).map((label, i) => {
        const data = collectTrainingReport(directories[i]!, registries[i]!);
        return { ...data, label, data };
      }),
    ),
  study: (directories, registries) =>
    buildStudyComparison(
      labelFolders(directories).map((label, i) => {
        const data = collectStudyReport(directories[i]!, registries[i]!);
        return { ...data, label, data };
      }),
    ),
};

const KIND_NAMES: Readonly<Record<string, string>> = {
  training: 'a training run',
  study: 'a study',
  redqueen: 'an arms race',
};

/** Where a comparison goes unless another place is named. */
const COMPARISON_FILE = 'comparison.html';

/**
 * Writes a page that compares runs of one kind: training runs, studies or arms races.
 *
 * @param directories two folders at least
 * @returns the page's path
 * @throws UserError where kinds are mixed, a folder holds no run or is given twice, or `file` is one of the folders
 */
export function writeComparison(
  directories: readonly string[],
  registries: readonly Registries[],
  file = COMPARISON_FILE,
): string {
  const kinds = directories.map((directory) => requireKnown(directory, readKind(directory)));
  const other = kinds.findIndex((kind) => kind !== kinds[0]);
  if (other > 0) {
    const name = (i: number) => `${directories[i]} is ${KIND_NAMES[kinds[i]!]}`;
    throw new UserError(`${name(0)}, and ${name(other)}: only runs of one kind can be compared`, {
      hint: 'give folders of training runs, of studies, or of arms races',
    });
  }
  const place = path.resolve(file);
  if (directories.some((directory) => path.resolve(directory) === place)) {
    throw new UserError(`${file} is a run's folder`, { hint: 'name another file for the page' });
  }
  if (kinds[0] === 'redqueen') return writeRedQueenReport(directories, file);
  refuseRepeated(directories, 'give each run once');
  writeFileAtomic(file, COMPARISONS[kinds[0]!]!(directories, registries));
  return file;
}

function requireKnown(directory: string, kind: string | null): string {
  if (kind !== null && Object.hasOwn(KIND_NAMES, kind)) return kind;
  const what = kind === null ? 'no run' : `a run of kind '${kind}', which has no report`;
  throw new UserError(`${directory} holds ${what}`, {
    hint: 'give folders that train, quickstart, study or drq wrote',
  });
}
