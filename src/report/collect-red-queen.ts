// From folders of arms races to the data of their reports.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { readRegularFile } from '../files/read-file.ts';
import {
  compareRuns,
  groupRuns,
  readCandidates,
  readGenerality,
  readRedQueenRecipe,
  redQueenPaths,
  summarizeRun,
} from '../redqueen/index.ts';
import { countRoundCandidates } from '../redqueen/recipe.ts';
import { roundFile } from '../redqueen/run-files.ts';
import { readProvenance } from '../run/index.ts';
import { describeCommandLine } from './command-line.ts';
import { labelFolders, refuseRepeated } from './label-folders.ts';
import { listMissingRounds } from './list-missing.ts';
import type { RaceComparisonData } from './red-queen-comparison.ts';
import type { RedQueenReportData } from './red-queen-data.ts';

/** Everything that the report of a run shows. Throws UserError where the folder holds none. */
export function collectRedQueenReport(directory: string): RedQueenReportData {
  const paths = redQueenPaths(directory);
  const recipe = readRedQueenRecipe(directory);
  const provenance = readProvenance(paths.provenance);
  const summary = summarizeRun(directory);
  const last = summary.rounds.at(-1)?.round ?? 0;
  const isOver = existsSync(roundFile(paths.champions, last, 'red'));
  // What an archive holds before its round is over says nothing: only what is missing tells of it.
  const ended = isOver ? last : Math.max(0, last - 1);
  return {
    folder: path.basename(path.resolve(directory)),
    missing: listMissingRounds(summary, recipe.rounds, {
      isOver,
      planned: countRoundCandidates(recipe, Math.max(1, last)),
    }),
    recipe,
    summary: { ...summary, rounds: summary.rounds.slice(0, ended) },
    candidates: readCandidates(directory).slice(0, ended),
    generality: readGenerality(directory),
    provenance,
    command: describeCommandLine(provenance.command ?? []),
  };
}

/**
 * Everything that a comparison of races shows.
 *
 * @throws UserError where one of them was not measured, or is given twice
 */
export function collectRaceComparison(directories: readonly string[]): RaceComparisonData {
  refuseRepeated(directories, ONCE);
  const measured = directories.map((directory) => {
    const recipe = readRedQueenRecipe(directory);
    const record = readGenerality(directory);
    if (record) return { recipe, record, directory };
    throw new UserError(`${directory} has not been measured`, {
      hint: `primordia drq generality ${directory} --against DIR`,
    });
  });
  const { settings, groups } = groupRuns(measured);
  for (const { runs } of groups) refuseCopies(runs);
  const [{ record }] = measured as [(typeof measured)[number]];
  return {
    comparison: compareRuns(
      groups.flatMap(({ label, runs }) =>
        runs.map((run) => ({ group: label, record: run.record })),
      ),
    ),
    opponents: record.opponents.length,
    rounds: record.rounds,
    settings,
    groups: groups.map(({ label, values, runs }) => ({
      label,
      values,
      runs: runs.map(({ directory, recipe: { name, seed } }) => ({
        folder: path.basename(path.resolve(directory)),
        recipe: name,
        seed,
      })),
    })),
    origins: labelFolders(directories).map((label, i) => {
      const provenance = readProvenance(redQueenPaths(directories[i]!).provenance);
      return { label, command: describeCommandLine(provenance.command ?? []), provenance };
    }),
  };
}

// A run that counts twice makes intervals narrower than they are.
const ONCE = 'a comparison is over independent runs: give each once';

/** Refuses copies: runs of the same settings with the same candidates. */
function refuseCopies(runs: readonly { readonly directory: string }[]): void {
  const seen = new Map<string, string>();
  for (const { directory } of runs) {
    const { candidates } = redQueenPaths(directory);
    const digest = createHash('sha256').update(readRegularFile(candidates)).digest('hex');
    const before = seen.get(digest);
    if (before !== undefined) {
      throw new UserError(`${before} and ${directory} are the same run, candidate by candidate`, {
        hint: `${ONCE}, and runs of other seeds beside it`,
      });
    }
    seen.set(digest, directory);
  }
}
