// The report of whatever kind of run a folder holds.

import path from 'node:path';
import { UserError } from '../core/index.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { recoverTemporaries } from '../files/temporaries.ts';
import { runPaths } from '../run/run-folder.ts';
import { readKind } from '../run/run-record.ts';
import type { Registries } from '../training/registries.ts';
import { collectRedQueenReport } from './collect-red-queen.ts';
import { collectStudyReport } from './collect-study.ts';
import { collectTrainingReport } from './collect-training.ts';
import { buildRedQueenReport } from './red-queen-report.ts';
import { buildStudyReport } from './study-report.ts';
import { buildTrainingReport } from './training-report.ts';

/** How the page of each kind of run is made. */
const BUILDERS: Readonly<Record<string, (directory: string, registries: Registries) => string>> = {
  training: (directory, registries) =>
    buildTrainingReport(collectTrainingReport(directory, registries)),
  study: (directory, registries) => buildStudyReport(collectStudyReport(directory, registries)),
  redqueen: (directory) => buildRedQueenReport(collectRedQueenReport(directory)),
};

/**
 * Writes the report from what lies in the folder, finished or not.
 *
 * @param out where to; by default `report.html` in the folder
 * @returns the report's path
 * @throws UserError when the folder holds no run and no study
 */
export function writeReport(directory: string, registries: Registries, out?: string): string {
  const kind = readKind(directory);
  if (kind === null || !Object.hasOwn(BUILDERS, kind)) {
    const what = kind === null ? 'no run' : `a run of kind '${kind}', which has no report`;
    throw new UserError(`${directory} holds ${what}`, {
      hint: 'give the folder that train, quickstart or study wrote',
    });
  }
  const html = BUILDERS[kind]!(directory, registries);
  if (out !== undefined) {
    writeFileAtomic(out, html);
    return out;
  }
  const file = runPaths(directory).report;
  // Written without the run's lock, so that no one else clears up after a writer that died.
  recoverTemporaries(directory, { owns: (name) => name === path.basename(file) });
  writeFileAtomic(file, html);
  return file;
}
