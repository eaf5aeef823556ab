// From the folder of a study to the data of its report.

import { existsSync } from 'node:fs';
import {
  jobDirectory,
  planStudy,
  readProvenance,
  readStudy,
  runPaths,
  summarizeStudy,
} from '../run/index.ts';
import { describeCommandLine } from './command-line.ts';
import type { StudyReportData } from './study-report.ts';

/**
 * Everything that the report of a study shows; runs may be missing.
 *
 * @throws UserError when the folder holds no study
 */
export function collectStudyReport(directory: string): StudyReportData {
  const study = readStudy(directory);
  const jobs = planStudy(study, directory);
  const file = jobs
    .map((job) => runPaths(jobDirectory(directory, job)).provenance)
    .find((place) => existsSync(place));
  const provenance = file === undefined ? {} : readProvenance(file);
  return {
    summary: summarizeStudy(study, jobs, directory),
    recipe: study,
    provenance,
    command: describeCommandLine(provenance.command ?? []),
  };
}
