// What a run needs before its first step: everything that bad input can break is tried here.

import { rmdirSync, rmSync } from 'node:fs';
import { checkTransfer } from '../algorithms/index.ts';
import { foldIn, type Key, keyFromSeed } from '../core/index.ts';
import {
  createLlama,
  deriveLlamaConfig,
  type LlamaConfig,
  llamaConfigOf,
  llamaSpecs,
  MODELS,
} from '../nn/index.ts';
import type { DatasetRecipe } from '../training/data/dataset-options.ts';
import { bindDataset, datasetRecordPath } from '../training/data/dataset-source.ts';
import { prepareText, readText } from '../training/data/prepare-text.ts';
import { openText } from '../training/data/text-data.ts';
import { bindTokenFiles, tokenFilesRecordPath } from '../training/data/token-files-source.ts';
import { type AnyWorld, drawTokens } from '../worlds/world.ts';
import { findLatestCheckpoint } from './checkpoint.ts';
import { readModelConfig } from './model-files.ts';
import { recordData, recordTransfer } from './provenance.ts';
import type { Recipe } from './recipe.ts';
import { requireModelFits } from './require-memory.ts';
import { type RunPaths, runPaths, stageFolder, textFolder } from './run-folder.ts';
import { createSourceWorld } from './source-stage.ts';
import {
  bindTransfer,
  findTransferOrigin,
  type TransferOrigin,
  transferRecordPath,
} from './transfer-origin.ts';

export type PreparedRun = {
  readonly source: { readonly world: AnyWorld; readonly config: LlamaConfig } | null;
  readonly text: {
    readonly data: ReturnType<typeof openText>;
    readonly config: LlamaConfig;
    readonly key: Key;
  } | null;
  /** The model that `transfer.from` names; null without one, or where the text stage has begun. */
  readonly origin: TransferOrigin | null;
};

/**
 * Makes the world, reads and tokenizes the text, and derives both models, so that a fault in any of
 * them costs no training. What lies prepared in the folder is used as it is.
 *
 * @throws UserError for whatever does not fit
 */
export function prepareRun(recipe: Recipe, directory: string, key: Key): PreparedRun {
  const source = recipe.source ? prepareSource(recipe, recipe.source, directory) : null;
  const text = recipe.text ? prepareTextStage(recipe, recipe.text, directory, key) : null;
  const origin = findOrigin(recipe, directory);
  const sourceConfig =
    source?.config ?? (origin && llamaConfigOf(readModelConfig(origin.folder, MODELS)));
  if (sourceConfig && text) {
    checkTransfer(createLlama(sourceConfig), createLlama(text.config), recipe.transfer);
  }
  return { source, text, origin };
}

/** A text stage that has begun needs the model it began with no more. */
function findOrigin({ transfer, requireGate }: Recipe, directory: string): TransferOrigin | null {
  const { from } = transfer;
  if (from === undefined) return null;
  const paths = runPaths(directory);
  if (findLatestCheckpoint(stageFolder(paths, 'text')).checkpoint) return null;
  const origin = findTransferOrigin(from, requireGate);
  const { source, weights } = bindTransfer(directory, from, origin);
  if (source) recordTransfer(paths.provenance, { source: source.name, sha256: weights });
  return origin;
}

function prepareSource(recipe: Recipe, stage: NonNullable<Recipe['source']>, directory: string) {
  const { contextLength } = stage;
  if (stage.world.kind === 'dataset') bindFiles(directory, stage.world, contextLength + 1);
  const world = createSourceWorld(stage, directory);
  // What nothing passes the filter of, or no rule reaches, shows here. A data set's sequences come from its files.
  if (stage.world.kind !== 'dataset') drawTokens(world, keyFromSeed(0), 0);
  const { vocabSize } = world;
  const config = deriveLlamaConfig(recipe.model, { vocabSize, contextLength });
  requireModelFits(llamaSpecs(config), 'source');
  return { world, config };
}

function bindFiles(directory: string, world: DatasetRecipe, sequenceLength: number): void {
  if (world.path !== undefined) {
    bindDataset(directory, world.path, sequenceLength);
    return;
  }
  const files = bindTokenFiles(directory, world, sequenceLength);
  recordData(runPaths(directory).provenance, files);
}

function prepareTextStage(
  recipe: Recipe,
  stage: NonNullable<Recipe['text']>,
  directory: string,
  runKey: Key,
) {
  const key = foldIn(runKey, 'text');
  const folder = textFolder(directory);
  prepareText(folder, stage, recipe.seed, 'text');
  const { contextLength, batchSize, accumulate } = stage;
  const sizes = { contextLength, batchSize: batchSize * accumulate };
  const data = openText(readText(folder), { ...stage, order: 'independent' }, sizes, key);
  const { vocabSize } = data.tokenizer;
  const config = deriveLlamaConfig(recipe.model, { vocabSize, contextLength });
  requireModelFits(llamaSpecs(config), 'text');
  return { data, config, key };
}

/** Removes what a start has written before its preparation failed: no run has begun. */
export function abandonStart(paths: RunPaths): void {
  rmSync(textFolder(paths.directory), { recursive: true, force: true });
  rmSync(datasetRecordPath(paths.directory), { force: true });
  rmSync(tokenFilesRecordPath(paths.directory), { force: true });
  rmSync(transferRecordPath(paths.directory), { force: true });
}

/** Removes a folder if nothing is in it. */
export function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Something is in it, or it cannot be removed: what went wrong before matters more.
  }
}
