// The gate by itself: of a run that lies there, of a recipe, of a data set.

import { existsSync } from 'node:fs';
import { foldIn, keyFromSeed, UserError } from '../core/index.ts';
import type { GateBaselines } from '../eval/index.ts';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';
import { openLanguageModel } from '../learn/index.ts';
import { deriveLlamaConfig, type LlamaConfig } from '../nn/index.ts';
import { openDatasetSource, requireBoundDataset } from './dataset-source.ts';
import { gatePath, holdsSupersededGate, readGate } from './gate-record.ts';
import { type GateRecord, measureGate, measureSourceBaselines } from './measure-gate.ts';
import { findWholeCheckpoint, loadModel, requireModel } from './model-checkpoint.ts';
import { openRunDevice } from './open-run-device.ts';
import { parseRecipe, type Recipe, type SourceRecipe } from './recipe.ts';
import { lockRunFolder, type RunPaths, runPaths, stageFolder } from './run-folder.ts';
import { createSourceWorld, firstPosition, openSourceData } from './source-stage.ts';
import { requireBoundTokenFiles } from './token-files-source.ts';
import { readRecipe } from './train-run.ts';

/**
 * What the gate found in a run: its record, or where it has none yet, or one of the gate before verdicts, judged now by
 * the newest checkpoint of the source stage. The record is written where that stage is finished.
 *
 * @throws UserError for a run without a source stage, or with no checkpoint of it; where its data set is not the one it began with
 */
export async function judgeRun(directory: string): Promise<GateRecord> {
  const paths = runPaths(directory);
  const recipe = readRecipe(paths);
  const source = requireSource(recipe, directory);
  const file = gatePath(directory);
  if (existsSync(file) && !holdsSupersededGate(file)) return readGate(file);
  const lock = lockRunFolder(directory);
  try {
    const { record, step } = await judgeCheckpoint(paths, recipe, source);
    lock.requireFolder();
    if (step >= source.steps) {
      writeJsonAtomic(file, record);
      renewSummary(paths, record);
    }
    return record;
  } finally {
    lock.release();
  }
}

function requireSource(recipe: Recipe, place: string): SourceRecipe {
  if (recipe.source) return recipe.source;
  throw new UserError(`${place} has no source stage: there is nothing for the gate to judge`, {
    hint: 'give a run or a recipe with a source',
  });
}

async function judgeCheckpoint(paths: RunPaths, recipe: Recipe, source: SourceRecipe) {
  const checkpoint = findWholeCheckpoint(stageFolder(paths, 'source'), () => {});
  if (!checkpoint) {
    throw new UserError(`${paths.directory} has no source model yet`, {
      hint: `let its source stage begin: primordia resume ${paths.directory}`,
    });
  }
  requireBoundData(paths.directory, source);
  const world = createSourceWorld(source, paths.directory);
  const { vocabSize } = world;
  const { contextLength } = source;
  const config = deriveLlamaConfig(recipe.model, { vocabSize, contextLength });
  requireModel(checkpoint.path, config);
  const key = foldIn(keyFromSeed(recipe.seed), 'source');
  const data = await openSourceData(source, world, key);
  const device = await openRunDevice(recipe.engine);
  try {
    const { params } = loadModel(checkpoint.path);
    const learner = await openLanguageModel(
      device,
      learnerOptions(source, config, firstPosition(world)),
      {
        params,
      },
    );
    return { record: await measureGate(data, learner), step: checkpoint.step };
  } finally {
    await Promise.all([device.close(), data.close()]);
  }
}

/** Another data set holds other sequences than those that were held out: the model may have been trained on them. */
function requireBoundData(directory: string, { world, contextLength }: SourceRecipe): void {
  if (world.kind !== 'dataset') return;
  if (world.path === undefined) requireBoundTokenFiles(directory, world);
  else requireBoundDataset(directory, world.path, contextLength + 1);
}

/** Those of the source stage's learner, as far as evaluation goes. */
function learnerOptions(source: SourceRecipe, config: LlamaConfig, first: number) {
  const { batchSize, accumulate, contextLength, optimizer } = source;
  return {
    config,
    batchSize: batchSize * accumulate,
    contextLength,
    accumulate,
    firstPosition: first,
    optimizer,
    key: keyFromSeed(0),
  };
}

/** The summary of a finished run holds its gate too. */
function renewSummary({ summary }: RunPaths, { gate }: GateRecord): void {
  if (!existsSync(summary) || !holdsSupersededGate(summary)) return;
  writeJsonAtomic(summary, { ...(readJsonFile(summary) as object), gate });
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
