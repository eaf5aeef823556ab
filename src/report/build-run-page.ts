// The page of whatever kind of run a folder holds.

import { UserError } from '../core/index.ts';
import { readKind } from '../run/run-record.ts';
import type { Registries } from '../training/registries.ts';
import { collectRedQueenReport } from './collect-red-queen.ts';
import { collectStudyReport } from './collect-study.ts';
import { collectTrainingReport } from './collect-training.ts';
import { buildRedQueenPage } from './red-queen-report.ts';
import { buildStudyPage } from './study-report.ts';
import { buildTrainingPage } from './training-report.ts';
import type { ReportPage } from './types.ts';

/** How the page of each kind of run is made. */
const BUILDERS: Readonly<
  Record<string, (directory: string, registries: Registries) => ReportPage>
> = {
  training: (directory, registries) =>
    buildTrainingPage(collectTrainingReport(directory, registries)),
  study: (directory, registries) => buildStudyPage(collectStudyReport(directory, registries)),
  redqueen: (directory) => buildRedQueenPage(collectRedQueenReport(directory)),
};

/**
 * What the report of a folder shows, finished or not, as plain data.
 *
 * @throws UserError when the folder holds no run and no study
 */
export function buildRunPage(directory: string, registries: Registries): ReportPage {
  const kind = readKind(directory);
  if (kind !== null && Object.hasOwn(BUILDERS, kind)) return BUILDERS[kind]!(directory, registries);
  const what = kind === null ? 'no run' : `a run of kind '${kind}', which has no report`;
  throw new UserError(`${directory} holds ${what}`, {
    hint: 'give the folder that train, quickstart or study wrote',
  });
}
