// Reports of arms races on disk, of one or of several.

import { writeFileAtomic } from '../files/atomic.ts';
import { redQueenPaths } from '../redqueen/index.ts';
import { collectRaceComparison, collectRedQueenReport } from './collect-red-queen.ts';
import { renderReport } from './html.ts';
import { compareRaces } from './red-queen-comparison.ts';
import { buildRedQueenPage } from './red-queen-report.ts';

/**
 * Writes the report of a run into its folder, or one that compares several runs.
 *
 * @param file where to write; by default `report.html` of the run, `drq-report.html` for several
 * @returns the report's path
 * @throws UserError where a folder holds no run, or one of several was not measured or is given twice
 */
export function writeRedQueenReport(directories: readonly string[], file?: string): string {
  const [directory] = directories as [string];
  const several = directories.length > 1;
  const place = file ?? (several ? 'drq-report.html' : redQueenPaths(directory).report);
  const page = several
    ? compareRaces(collectRaceComparison(directories))
    : buildRedQueenPage(collectRedQueenReport(directory));
  writeFileAtomic(place, renderReport(page));
  return place;
}
