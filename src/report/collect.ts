// From the folder of a run, of arms or of a study to its report.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { readCheckedJson } from '../files/checked-json.ts';
import { isRecurrentFolder, isRecurrentStudyFolder } from '../recurrent/index.ts';
import {
  armDirectory,
  createSourceWorld,
  describeComparison,
  type GateExample,
  gatePath,
  isComparison,
  isRunFolder,
  isStudyFolder,
  metricCurve,
  parseRecipe,
  readArmGates,
  readComparison,
  readGate,
  readMetrics,
  readProvenance,
  readRecipe,
  readTextInfo,
  readTransferRecord,
  runPaths,
  summarizeArm,
  textFolder,
} from '../run/index.ts';
import { comparePlanes, type Plane, renderPlanes } from '../worlds/plane.ts';
import type { AnyWorld } from '../worlds/world.ts';
import { collectRecurrentReport, collectRecurrentStudy } from './collect-recurrent.ts';
import { collectStudyReport } from './collect-study.ts';
import { describeCommandLine } from './command-line.ts';
import { buildRecurrentReport } from './recurrent-report.ts';
import { buildRecurrentStudyReport } from './recurrent-study-report.ts';
import { buildRunReport } from './run-report.ts';
import { buildStudyReport } from './study-report.ts';
import type { FrameSheet, ReportArm, ReportSource, RunReportData } from './types.ts';

/**
 * Writes `report.html` from what lies in the folder, finished or not.
 *
 * @returns the report's path
 * @throws UserError when the folder holds no run and no study
 */
export function writeReport(directory: string): string {
  const file = runPaths(directory).report;
  writeFileAtomic(file, buildReport(directory));
  return file;
}

function buildReport(directory: string): string {
  if (isRecurrentStudyFolder(directory)) {
    return buildRecurrentStudyReport(collectRecurrentStudy(directory));
  }
  if (isStudyFolder(directory)) return buildStudyReport(collectStudyReport(directory));
  if (isRecurrentFolder(directory)) return buildRecurrentReport(collectRecurrentReport(directory));
  return buildRunReport(collectReport(directory));
}

/** Everything that the report of a run, or of a folder of arms, shows; `collectStudyReport` is for studies. */
export function collectReport(directory: string): RunReportData {
  if (isComparison(directory)) {
    const { name, arms } = readComparison(directory);
    const begun = arms
      .map((arm) => ({ name: arm.name, directory: armDirectory(directory, arm.name) }))
      .filter((arm) => isRunFolder(arm.directory));
    const recipes = Object.fromEntries(arms.map((arm) => [arm.name, arm.recipe]));
    return collectRuns(name, directory, begun, recipes, true);
  }
  if (!isRunFolder(directory)) {
    throw new UserError(`${directory} holds no run`, {
      hint: 'give the folder that train, quickstart or study wrote',
    });
  }
  const recipe = readRecipe(runPaths(directory));
  return collectRuns(recipe.name, directory, [{ name: recipe.name, directory }], recipe);
}

type NamedRun = { readonly name: string; readonly directory: string };

function collectRuns(
  title: string,
  directory: string,
  runs: readonly NamedRun[],
  recipe: unknown,
  /** Whether sources are told apart by the arms that begin with them. */
  named = false,
): RunReportData {
  const arms = runs.flatMap(collectArm);
  const sources = runs.flatMap((run) => collectSource(run, named));
  const gates = runs.flatMap((run) =>
    readArmGates(readRecipe(runPaths(run.directory)), run.directory, run.name),
  );
  const provenance = runs[0] ? readProvenance(runPaths(runs[0].directory).provenance) : {};
  const summary = readIfThere(runPaths(directory).summary, summarySchema, 'the summary of a run');
  const samples = runs.flatMap((run) => {
    const file = path.join(runPaths(run.directory).samples, 'final.json');
    const { prompt, text } = readIfThere(file, sampleSchema, 'a sample');
    return prompt === undefined || text === undefined ? [] : [{ prompt, text }];
  });
  return {
    title,
    seconds: summary.seconds ?? null,
    recipe,
    provenance,
    command: describeCommandLine(provenance.command ?? []),
    arms,
    sources,
    samples,
    sentence: describeComparison(arms, gates) ?? NO_COMPARISON,
  };
}

const NO_COMPARISON =
  'A single run shows that training works; whether the source stage helped takes arms to compare with.';

function collectArm({ name, directory }: NamedRun): ReportArm[] {
  const paths = runPaths(directory);
  const recipe = readRecipe(paths);
  if (!recipe.text) return [];
  const rows = readMetrics(paths.metrics);
  const finished = existsSync(paths.summary);
  const info = finished ? readTextInfo(textFolder(directory)) : null;
  return [
    {
      ...summarizeArm(name, recipe.seed, rows, info, finished),
      trainCurve: metricCurve(rows, 'text', 'loss'),
    },
  ];
}

/** The source that a run begins with: its own, or one that comes with the package. */
function collectSource({ name, directory }: NamedRun, named: boolean): ReportSource[] {
  const recipe = readRecipe(runPaths(directory));
  const file = gatePath(directory);
  if (!existsSync(file)) return [];
  const transfer = readTransferRecord(directory);
  const shipped = transfer?.source ?? null;
  const source = shipped
    ? parseRecipe(shipped.recipe, `${directory}: the recipe of ${shipped.name}`).source
    : recipe.source;
  if (!source) return [];
  const { gate, examples } = readGate(file);
  const rows = readMetrics(runPaths(directory).metrics);
  const world = createSourceWorld(source, directory);
  requireExamples(file, world, examples);
  return [
    {
      name: named ? name : undefined,
      shipped: shipped ? { ...shipped, sha256: transfer!.weights } : undefined,
      refused: readArmGates(recipe, directory, name).some(({ refused }) => refused),
      world: world.description,
      learnable: world.learnable,
      freshRules: world.freshRules,
      framed: world.frame !== null,
      trainCurve: metricCurve(rows, 'source', 'loss'),
      curve: metricCurve(rows, 'source', 'heldOutLoss'),
      gate,
      frames: drawFrames(world, examples, gate.firstFrame),
    },
  ];
}

/** @throws UserError unless the examples are sequences of the world */
function requireExamples(file: string, world: AnyWorld, examples: readonly GateExample[]): void {
  for (const { tokens, predicted } of examples) {
    const isWhole = tokens.length === world.sequenceLength;
    if (isWhole && [...tokens, ...predicted].every((id) => id < world.vocabSize)) continue;
    throw new UserError(`${file}: its examples are not sequences of ${world.description}`, {
      hint: 'restore the file from a copy',
    });
  }
}

/** Frames as pictures; more than this many would be too small to see. */
const FRAMES_SHOWN = 12;

/**
 * Some sequences, their last frames or all in one picture: what happened, what was predicted, and where the two
 * differ.
 */
function drawFrames(
  world: AnyWorld,
  examples: readonly GateExample[],
  firstFrame: number,
): FrameSheet {
  const draw = (plane: Plane) => renderPlanes([plane]);
  const perFrame = (tokens: readonly number[]) => {
    const planes = world.planes(world.decode(tokens));
    // A frame that is cut at the end is not shown.
    return planes.length === 1
      ? planes
      : planes.slice(0, Math.floor(world.sequenceLength / world.frameLength));
  };
  const columns = perFrame(examples[0]?.tokens ?? []).length;
  const shown = [...Array(columns).keys()].slice(-FRAMES_SHOWN);
  const rows = examples.flatMap(({ label, accuracy, tokens, predicted }) => {
    const [actual, guessed] = [perFrame(tokens), perFrame(predicted)];
    const predictable = (choose: (frame: number) => Plane) =>
      shown.map((frame) => (columns > 1 && frame < firstFrame ? null : draw(choose(frame))));
    return [
      {
        label: 'what happened',
        frames: shown.map((frame) => draw(actual[frame]!)),
        note: `a sequence ${label}: ${(100 * accuracy).toFixed(0)} % of its tokens`,
      },
      {
        label: 'predicted next',
        frames: predictable((frame) => guessed[frame]!),
        note: 'each token given all true ones before it',
      },
      {
        label: 'wrong cells',
        frames: predictable((frame) => comparePlanes(actual[frame]!, guessed[frame]!)),
      },
    ];
  });
  return {
    rows,
    columnLabels: columns > 1 ? shown.map(String) : [''],
    title: world.freshRules
      ? 'Held-out sequences, each under a rule never seen in training'
      : 'Held-out sequences',
  };
}

const summarySchema = z.looseObject({ seconds: z.number().optional() });
const sampleSchema = z.looseObject({ prompt: z.string().optional(), text: z.string().optional() });

/** What a file holds that a run may not have written yet. */
function readIfThere<T extends object>(
  file: string,
  schema: z.ZodType<T>,
  what: string,
): Partial<T> {
  return existsSync(file) ? readCheckedJson(file, schema, what) : {};
}
