// From folders of arms races to reports on disk.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { writeFileAtomic } from '../files/index.ts';
import { readJsonFile } from '../files/json.ts';
import {
  compareRuns,
  readCandidates,
  readGenerality,
  readRedQueenRecipe,
  redQueenPaths,
  summarizeRun,
} from '../redqueen/index.ts';
import { describeCommandLine } from './command-line.ts';
import { buildRedQueenComparison } from './red-queen-comparison.ts';
import { buildRedQueenReport, type RedQueenReportData } from './red-queen-report.ts';

/**
 * Writes the report of a run into its folder, or one that compares several runs.
 *
 * @param file where to write; by default `report.html` of the run, `drq-report.html` for several
 * @returns the report's path
 * @throws UserError where a folder holds no run, or one of several was not measured
 */
export function writeRedQueenReport(directories: readonly string[], file?: string): string {
  const [directory] = directories as [string];
  const several = directories.length > 1;
  const place = file ?? (several ? 'drq-report.html' : redQueenPaths(directory).report);
  const html = several
    ? compareFolders(directories)
    : buildRedQueenReport(collectRedQueenReport(directory));
  writeFileAtomic(place, html);
  return place;
}

/** Everything that the report of a run shows. Throws UserError where the folder holds none. */
export function collectRedQueenReport(directory: string): RedQueenReportData {
  const paths = redQueenPaths(directory);
  const recipe = readRedQueenRecipe(directory);
  const provenance = (existsSync(paths.provenance) ? readJsonFile(paths.provenance) : {}) as Record<
    string,
    unknown
  >;
  return {
    recipe,
    summary: summarizeRun(directory),
    candidates: readCandidates(directory),
    generality: readGenerality(directory),
    provenance,
    command: describeCommandLine((provenance.command as readonly string[] | undefined) ?? []),
  };
}

function compareFolders(directories: readonly string[]): string {
  const measured = directories.map((directory) => {
    const { name } = readRedQueenRecipe(directory);
    const record = readGenerality(directory);
    if (record) return { group: name, record, directory };
    throw new UserError(`${directory} has not been measured`, {
      hint: `primordia drq generality ${directory} --against DIR`,
    });
  });
  const names = [...new Set(measured.map(({ group }) => group))];
  const [{ record }] = measured as [(typeof measured)[number]];
  return buildRedQueenComparison({
    comparison: compareRuns(measured),
    opponents: record.opponents.length,
    rounds: record.rounds,
    runs: Object.fromEntries(
      names.map((name) => [
        name,
        measured
          .filter(({ group }) => group === name)
          .map(({ directory }) => path.basename(path.resolve(directory))),
      ]),
    ),
  });
}
