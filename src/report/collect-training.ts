// From the folder of a training run to the data of its report; no other folder is read.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Point } from '../chart/index.ts';
import { UserError } from '../core/index.ts';
import { type MetricsRow, readMetrics } from '../run/metrics.ts';
import { readProvenance } from '../run/provenance.ts';
import { runPaths } from '../run/run-folder.ts';
import { DEFAULT_CONTEXT_LENGTH } from '../training/data/data.ts';
import { createDatasetWorld, datasetRecordPath } from '../training/data/dataset-source.ts';
import { hasText, readTextInfo } from '../training/data/prepare-text.ts';
import { worldOptionsOf } from '../training/data/world-data.ts';
import { readGate } from '../training/gate-record.ts';
import type { GateExample } from '../training/measure-gate.ts';
import { readRecipe } from '../training/read-recipe.ts';
import { listStages, type ResolvedStage } from '../training/recipe.ts';
import { type KindOptions, optionsOf, type Registries } from '../training/registries.ts';
import { readSample, type Sample } from '../training/sample.ts';
import { type StageSummary, summarizeTraining } from '../training/summary.ts';
import { dataFolder, gatePath, samplePath, startGatePath } from '../training/training-folder.ts';
import { createWorldOf } from '../worlds/index.ts';
import type { AnyWorld } from '../worlds/world.ts';
import { describeCommandLine } from './command-line.ts';
import { drawGateFrames } from './gate-frames.ts';
import { joinNames } from './join-names.ts';
import { countEvaluations, listMissingStages, type StageProgress } from './list-missing.ts';
import type { GateView, ReportStage, TrainingReportData } from './training-data.ts';

/**
 * Everything that the report of a run shows, finished or not.
 *
 * @throws UserError where the folder holds none, or a file of it is damaged
 */
export function collectTrainingReport(
  directory: string,
  registries: Registries,
): TrainingReportData {
  const paths = runPaths(directory);
  const recipe = readRecipe(paths, registries);
  const summary = summarizeTraining(directory, registries);
  const rows = readMetrics(paths.metrics);
  const provenance = readProvenance(paths.provenance);
  const stages = listStages(recipe);
  let before = 0;
  const sample = existsSync(samplePath(directory)) ? readSample(samplePath(directory)) : null;
  return {
    folder: path.basename(path.resolve(directory)),
    missing: existsSync(paths.summary)
      ? []
      : listMissing(stages, summary, { sample, registries, directory }),
    summary,
    description: recipe.description,
    model: recipe.model.kind,
    stages: stages.map((stage, i): ReportStage => {
      const found = summary.stages[i]!;
      const own = rows.filter((row) => row.stage === stage.name);
      const reported = {
        ...collectCurves(own, before),
        metrics: registries.algorithms[stage.algorithm.kind]?.metrics ?? {},
        data: describeData(directory, stage, registries),
        continues: i > 0 && stage.sharesData && stages[i - 1]!.sharesData,
        gate: viewGate(gatePath(directory, stage.name), recipe.seed, (length) =>
          worldOf(directory, stage, length, registries),
        ),
        startGate: viewGate(startGatePath(directory, stage.name), recipe.seed, (length) =>
          shippedWorld(found, length, registries),
        ),
      };
      before += found.steps;
      return reported;
    }),
    sample,
    provenance,
    command: describeCommandLine(provenance.command ?? []),
    recipe,
  };
}

/** What a run lacks that has left no summary yet. */
function listMissing(
  stages: readonly ResolvedStage[],
  summary: TrainingReportData['summary'],
  found: {
    readonly sample: Sample | null;
    readonly registries: Registries;
    readonly directory: string;
  },
): string[] {
  const progress = stages.map(({ steps, evaluateEvery }, i): StageProgress => {
    const stage = summary.stages[i]!;
    return {
      ...stage,
      plannedSteps: steps,
      evaluations: stage.curve.length,
      plannedEvaluations: countEvaluations(steps, evaluateEvery),
    };
  });
  const world = (stage: ResolvedStage) => stageWorld(found.directory, stage, found.registries);
  const isUnjudged = (stage: ResolvedStage, i: number) => {
    const isLast = !stage.sharesData || !stages.slice(i + 1).some(({ sharesData }) => sharesData);
    if (summary.stages[i]!.gate !== null || !isLast) return false;
    const own = world(stage);
    return own !== null && !own.targets;
  };
  const last = stages.at(-1)!;
  const isDrawn = Object.hasOwn(found.registries.worlds, last.data.kind);
  return listMissingStages(progress, [
    ...(stages.some(isUnjudged) ? ['the gate’s verdict'] : []),
    ...(isDrawn && summary.rollout === null ? ['the free-running loss'] : []),
    // Of frames no sample is drawn: the gate has pictures of them.
    ...(found.sample === null && !world(last)?.frame
      ? ['the sample of what the model writes']
      : []),
  ]);
}

/** @param before steps of earlier stages */
function collectCurves(
  rows: readonly MetricsRow[],
  before: number,
): Pick<ReportStage, 'trainCurve' | 'parts'> {
  const parts: Record<string, Point[]> = {};
  for (const row of rows) {
    for (const [name, value] of Object.entries(row.parts ?? {})) {
      if (value !== null && typeof value !== 'number') continue;
      parts[name] ??= [];
      parts[name].push([before + row.step, value]);
    }
  }
  const trainCurve = rows.flatMap(({ tokens, loss }): Point[] =>
    typeof tokens === 'number' && typeof loss === 'number' ? [[tokens, loss]] : [],
  );
  return { trainCurve, parts };
}

/** Data in a line. */
function describeData(directory: string, stage: ResolvedStage, registries: Registries): string {
  const { kind } = stage.data;
  const world = stageWorld(directory, stage, registries);
  if (world) return world.description;
  const folder = folderOf(directory, stage);
  return hasText(folder) ? `${kind}: ${readTextInfo(folder).corpus}` : kind;
}

/** The world of a stage's data, of sequences as long as the stage reads. */
function stageWorld(directory: string, stage: ResolvedStage, registries: Registries) {
  const own = registries.worlds[stage.data.kind]?.contextLength;
  const contextLength = stage.contextLength ?? own ?? DEFAULT_CONTEXT_LENGTH;
  return worldOf(directory, stage, contextLength + 1, registries);
}

function folderOf(directory: string, { name, sharesData }: ResolvedStage): string {
  return dataFolder(directory, sharesData ? null : name);
}

/** What a gate's record shows of a world, where the run tells which world it is; null without a record. */
function viewGate(
  file: string,
  seed: number,
  worldFor: (sequenceLength: number) => AnyWorld | null,
) {
  if (!existsSync(file)) return null;
  const { gate, examples } = readGate(file);
  const world = worldFor(examples[0]?.tokens.length ?? 0);
  if (world === null || examples.length === 0) return { world: null, frames: null };
  const { description, learnable, freshRules, frame } = world;
  return {
    world: { description, learnable, freshRules, framed: frame !== null },
    frames: drawGateFrames(file, world, examples, gate.firstFrame),
    origin: describeExamples(examples, seed),
  } satisfies GateView;
}

/** Which sequences a gate's pictures show, where its record says. */
function describeExamples(examples: readonly GateExample[], seed: number): string | undefined {
  const indices = examples.flatMap(({ index }) => index ?? []);
  if (indices.length === 0) return undefined;
  return `Shown: ${indices.length === 1 ? 'held-out sequence' : 'held-out sequences'} ${joinNames(indices.map(String))} (from 0) of seed ${seed}; the command under “Recipe and provenance” draws the same rules again.`;
}

/** The world of a stage's data; null where they are none, or the run folder does not tell. */
function worldOf(
  directory: string,
  stage: ResolvedStage,
  sequenceLength: number,
  registries: Registries,
): AnyWorld | null {
  const record = datasetRecordPath(folderOf(directory, stage));
  if (stage.data.kind === 'dataset' && existsSync(record)) {
    return createDatasetWorld(String(stage.data.path), sequenceLength, record);
  }
  return drawnWorld(stage.data, sequenceLength, registries);
}

/** The world that a shipped source has learned: that of the last stage of its recipe. */
function shippedWorld(
  { start }: StageSummary,
  sequenceLength: number,
  registries: Registries,
): AnyWorld | null {
  const recipe = start?.shipped?.recipe as Parameters<typeof listStages>[0] | undefined;
  const last = recipe && listStages(recipe).at(-1);
  return last ? drawnWorld(last.data, sequenceLength, registries) : null;
}

function drawnWorld(
  data: KindOptions,
  sequenceLength: number,
  { worlds }: Registries,
): AnyWorld | null {
  if (!Object.hasOwn(worlds, data.kind)) return null;
  try {
    return createWorldOf(worlds, data.kind, worldOptionsOf(optionsOf(data)), { sequenceLength });
  } catch (error) {
    // A world made of one whose plugin is not here: the page says less of it.
    if (error instanceof UserError) return null;
    throw error;
  }
}
