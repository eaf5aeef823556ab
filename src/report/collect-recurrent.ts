// From the folder of a recurrent network, or of a study of them, to the data of its report.

import { existsSync } from 'node:fs';
import { keyFromSeed, UserError } from '../core/index.ts';
import { drawImageSheet, pngDataUri } from '../image/index.ts';
import {
  type PreparedRecurrent,
  planRuns,
  prepareRecurrent,
  readRecurrentRecipe,
  readRecurrentStudy,
  readRecurrentStudySummary,
  readSample,
  recurrentJobDirectory,
  samplePath,
  summarizeRecurrent,
  textOf,
} from '../recurrent/index.ts';
import {
  type MetricsRow,
  readMetrics,
  readProvenance as readRecord,
  runPaths,
} from '../run/index.ts';
import { describeCommandLine } from './command-line.ts';
import type { RecurrentReportData, StageCurve } from './recurrent-report.ts';
import type { RecurrentStudyReportData } from './recurrent-study-report.ts';

/** Everything that the report of a run shows, finished or not. Throws UserError where the folder holds none. */
export function collectRecurrentReport(directory: string): RecurrentReportData {
  const recipe = readRecurrentRecipe(directory);
  const prepared = prepareRecurrent(recipe, directory, keyFromSeed(recipe.seed));
  const { memoryTokens, hiddenSize, cell } = prepared.config;
  const paths = runPaths(directory);
  const rows = readMetrics(paths.metrics);
  return {
    summary: summarizeRecurrent(directory),
    description: recipe.description,
    task: `${prepared.worlds.training.name}, ${prepared.time} tokens`,
    model: `${cell}, ${memoryTokens} × ${hiddenSize}`,
    parts: collectCurves(rows, ({ parts }) => parts, isLoss),
    ranks: collectCurves(rows, ({ measures }) => measures, isRank),
    sample: describeSample(directory, prepared),
    ...readProvenance([directory]),
    recipe,
  };
}

/** Everything that the report of a study shows; runs may be missing. */
export function collectRecurrentStudy(directory: string): RecurrentStudyReportData {
  const study = readRecurrentStudy(directory);
  const folders = planRuns(study, () => null).map((job) => recurrentJobDirectory(directory, job));
  return {
    summary: readRecurrentStudySummary(directory),
    ...readProvenance(folders),
    recipe: study,
  };
}

function readProvenance(folders: readonly string[]) {
  const file = folders.map((folder) => runPaths(folder).provenance).find((one) => existsSync(one));
  const provenance = file === undefined ? {} : readRecord(file);
  const command = describeCommandLine(provenance.command ?? []);
  return { provenance, command };
}

const isLoss = (name: string) => !name.startsWith('gradientNorm');
const RANKS: Readonly<Record<string, string>> = { effectiveRank: 'alone', teacherRank: 'teacher' };
const isRank = (name: string) => name in RANKS;

/** One curve a stage and name, by optimizer steps of the whole run. */
function collectCurves(
  rows: readonly MetricsRow[],
  read: (row: MetricsRow) => unknown,
  wanted: (name: string) => boolean,
): StageCurve[] {
  const curves = new Map<string, { stage: string; name: string; points: [number, number][] }>();
  let before = 0;
  let current = rows[0]?.stage;
  let last = 0;
  for (const row of rows) {
    if (row.stage !== current) before += last;
    current = row.stage;
    last = row.step;
    const values = read(row);
    if (typeof values !== 'object' || values === null) continue;
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== 'number' || !wanted(name)) continue;
      const id = `${row.stage} ${name}`;
      const stage = row.stage.toUpperCase();
      if (!curves.has(id)) curves.set(id, { stage, name: RANKS[name] ?? name, points: [] });
      curves.get(id)!.points.push([before + row.step, value]);
    }
  }
  return [...curves.values()];
}

function describeSample(
  directory: string,
  prepared: PreparedRecurrent,
): RecurrentReportData['sample'] {
  const file = samplePath(directory);
  if (!existsSync(file)) return null;
  const { shows, tokens, given } = readSample(file, prepared.config.vocabSize);
  if (shows === 'image') {
    if (tokens.some((list) => list.length !== prepared.time + 1)) {
      throw new UserError(`${file} holds tokens that are not images`);
    }
    const sheet = drawImageSheet(prepared.worlds.training, tokens);
    const picture = `<img alt="samples" width="${sheet.width}" height="${sheet.height}" src="${pngDataUri(sheet)}">`;
    return { shows, texts: [], picture };
  }
  const write = shows === 'text' ? textOf : (list: readonly number[]) => `${list.join(' ')} `;
  const texts = tokens.map((list) => ({
    prompt: write(list.slice(0, given)),
    text: write(list.slice(given)),
  }));
  return { shows, texts, picture: null };
}
