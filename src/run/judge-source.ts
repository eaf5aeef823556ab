// The gate by itself: of a run that lies there, of a source that comes with the package, of a recipe, of a data set.

import { existsSync } from 'node:fs';
import { foldIn, keyFromSeed, UserError } from '../core/index.ts';
import type { GateBaselines } from '../eval/index.ts';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';
import { watchForeignLock } from '../files/watch-lock.ts';
import { llamaDescription, MODELS } from '../nn/index.ts';
import { openDatasetSource, requireBoundDataset } from '../training/data/dataset-source.ts';
import { requireBoundTokenFiles } from '../training/data/token-files-source.ts';
import { readArmGates } from './arm-gates.ts';
import { findWholeCheckpoint } from './checkpoint.ts';
import { gatePath, holdsSupersededGate, readGate } from './gate-record.ts';
import {
  type JudgeOptions,
  judgeModel,
  judgeSourceFolder,
  requireSource,
  sourceConfig,
} from './judge-model.ts';
import { type GateRecord, measureSourceBaselines } from './measure-gate.ts';
import { loadModel, requireModel } from './model-files.ts';
import { openRunDevice } from './open-run-device.ts';
import { parseRecipe, type Recipe, type SourceRecipe } from './recipe.ts';
import { lockRunFolder, type RunPaths, runPaths, stageFolder } from './run-folder.ts';
import { openShippedSource } from './shipped-source.ts';
import { createSourceWorld, openSourceData } from './source-stage.ts';
import type { Summary } from './summary.ts';
import { readRecipe } from './train-run.ts';
import { readTransferRecord, type TransferRecord } from './transfer-origin.ts';

/**
 * What the gate found in a run: its record, or where it has none yet, or one that was superseded, judged now by
 * the newest checkpoint of the source stage. The record is written where that stage is finished. Under a seed the model is
 * judged now on held-out sequences of that seed, and nothing is written.
 *
 * @throws UserError for a run without a source, or with no checkpoint of it; where its data set is not the one it began with
 */
export async function judgeRun(
  directory: string,
  { seed }: JudgeOptions = {},
): Promise<GateRecord> {
  const paths = runPaths(directory);
  const recipe = readRecipe(paths);
  const file = gatePath(directory);
  const hasRecord = existsSync(file) && !holdsSupersededGate(file);
  if (hasRecord && seed === undefined) return readGate(file);
  const origin = recipe.source ? null : readTransferRecord(directory);
  const judge = origin?.source
    ? () => judgeOriginAgain(origin, directory, seed ?? recipe.seed)
    : () => judgeCheckpoint(paths, recipe, requireSource(recipe, directory), seed);
  if (seed !== undefined) return (await judge()).record;
  await watchForeignLock(paths.lock);
  const lock = lockRunFolder(directory);
  try {
    const { record, isFinal } = await judge();
    lock.requireFolder();
    if (isFinal) {
      writeJsonAtomic(file, record);
      renewSummary(paths, record);
    }
    return record;
  } finally {
    lock.release();
  }
}

/** A record, and whether it is of what the text stage begins with. */
type Judged = { readonly record: GateRecord; readonly isFinal: boolean };

/**
 * The shipped source that a run begins with, as the run judged it.
 *
 * @throws UserError where the package has other weights under its name by now
 */
async function judgeOriginAgain(
  { source, weights }: TransferRecord,
  directory: string,
  seed: number,
): Promise<Judged> {
  const { name } = source!;
  if (openShippedSource(name).sha256 !== weights) {
    throw new UserError(`${name} holds other weights than the run in ${directory} began with`, {
      hint: 'install the version of primordia that made the run',
    });
  }
  return { record: await judgeShippedSource(name, { seed }), isFinal: true };
}

async function judgeCheckpoint(
  paths: RunPaths,
  recipe: Recipe,
  source: SourceRecipe,
  seed?: number,
): Promise<Judged> {
  const checkpoint = findWholeCheckpoint(stageFolder(paths, 'source'), () => {});
  if (!checkpoint) {
    throw new UserError(`${paths.directory} has no source model yet`, {
      hint: `let its source stage begin: primordia resume ${paths.directory}`,
    });
  }
  requireBoundData(paths.directory, source);
  const device = await openRunDevice(recipe.engine);
  try {
    const model = loadModel(checkpoint.path, MODELS);
    const { directory } = paths;
    const expected = llamaDescription(sourceConfig(recipe, source, directory));
    requireModel(checkpoint.path, MODELS, expected);
    const record = await judgeModel(recipe, model.params, { device, seed, directory });
    return { record, isFinal: checkpoint.step >= source.steps };
  } finally {
    await device.close();
  }
}

/**
 * A source that comes with the package, judged now in its own world.
 *
 * @param options.seed of the held-out sequences; by default that of its recipe
 * @throws UserError where there is no such source, or it is damaged
 */
export async function judgeShippedSource(
  name: string,
  { seed }: JudgeOptions = {},
): Promise<GateRecord> {
  const shipped = openShippedSource(name);
  const device = await openRunDevice(shipped.recipe.engine);
  try {
    return await judgeSourceFolder(shipped, { device, seed });
  } finally {
    await device.close();
  }
}

/** Another data set holds other sequences than those that were held out: the model may have been trained on them. */
function requireBoundData(directory: string, { world, contextLength }: SourceRecipe): void {
  if (world.kind !== 'dataset') return;
  if (world.path === undefined) requireBoundTokenFiles(directory, world);
  else requireBoundDataset(directory, world.path, contextLength + 1);
}

/** The summary of a finished run holds its gate too. */
function renewSummary(paths: RunPaths, { gate }: GateRecord): void {
  const { directory, summary } = paths;
  if (!existsSync(summary) || !holdsSupersededGate(summary)) return;
  const before = readJsonFile(summary) as Partial<Summary>;
  const arm = before.gates?.[0]?.arm ?? before.arms?.[0]?.name ?? before.name ?? '';
  const gates = readArmGates(readRecipe(paths), directory, arm);
  writeJsonAtomic(summary, { ...before, gate, gates });
}

/**
 * The predictors on the held-out sequences of a recipe's source, those that a run of it would be judged by.
 *
 * @throws UserError for a recipe without a source
 */
export async function judgeRecipe(recipe: Recipe): Promise<GateBaselines> {
  const source = requireSource(recipe, recipe.name);
  const key = foldIn(keyFromSeed(recipe.seed), 'source');
  const data = await openSourceData(source, createSourceWorld(source), key);
  try {
    return await measureSourceBaselines(data);
  } finally {
    await data.close();
  }
}

/** Sequences of a data set that are held out for the gate, at most; a quarter of them where there are few. */
const DATASET_HELD_OUT = 256;

/**
 * The predictors on the last sequences of a data set.
 *
 * @throws UserError where there is none, or it has fewer than eight sequences
 */
export async function judgeDataset(directory: string): Promise<GateBaselines> {
  const { sequenceLength, length, close } = await openDatasetSource(directory);
  await close();
  const heldOutSequences = Math.min(DATASET_HELD_OUT, Math.floor(length / 4));
  if (heldOutSequences < 2) {
    throw new UserError(`the data set in ${directory} has too few sequences for a gate`, {
      hint: 'eight are the least',
    });
  }
  const recipe = parseRecipe(
    {
      name: 'dataset',
      source: {
        world: { kind: 'dataset', path: directory },
        contextLength: sequenceLength - 1,
        batchSize: 1,
        steps: length,
        heldOutSequences,
      },
    },
    directory,
  );
  return judgeRecipe(recipe);
}
