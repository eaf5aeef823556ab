// Checkpoints of recurrent runs. Of SMT they hold teacher and cell, of DMT and BPTT the network, which is a model.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { LearnerSnapshot, NamedArrays } from '../algorithms/index.ts';
import { UserError } from '../core/index.ts';
import { MODELS, recurrentConfigOf, recurrentDescription } from '../nn/index.ts';
import {
  findLearner,
  type LearnerDescription,
  type LearnerState,
  readLearner,
  saveLearner,
} from '../run/learner-checkpoint.ts';
import { readModelConfig, requireEqual } from '../run/model-files.ts';
import {
  deriveRecurrentConfig,
  type RecurrentConfig,
  type RecurrentModelOptions,
} from './open-learners.ts';
import { RECURRENT_STAGES, type RecurrentStage } from './recipe.ts';

export type SaveRecurrentOptions = {
  /** Folder of the stage's checkpoints. */
  readonly directory: string;
  readonly stage: RecurrentStage;
  readonly step: number;
  readonly keepLast: number;
  readonly config: RecurrentConfig;
  readonly contextLength: number;
  readonly snapshot: LearnerSnapshot;
};

/** Saves atomically; the bytes depend on the arguments alone. Returns the checkpoint's path. */
export function saveRecurrent({
  config,
  contextLength,
  stage,
  ...options
}: SaveRecurrentOptions): string {
  return saveLearner({ ...options, registry: MODELS, ...describe(stage, config, contextLength) });
}

function describe(
  stage: RecurrentStage,
  config: RecurrentConfig,
  contextLength: number,
): LearnerDescription {
  const { encoder, encoderLayers } = config;
  const model = recurrentDescription(config, contextLength);
  return { stage, model, algorithm: { encoder, encoderLayers } };
}

export type LoadedRecurrent = {
  readonly stage: RecurrentStage;
  readonly step: number;
  readonly config: RecurrentConfig;
  readonly params: NamedArrays;
  readonly optimizer: NamedArrays;
};

/**
 * Reads a checkpoint folder.
 *
 * @throws UserError naming the file when it is missing, damaged, or of another kind
 */
export function loadRecurrent(directory: string): LoadedRecurrent {
  if (!existsSync(path.join(directory, 'config.json'))) {
    throw new UserError(`${directory} is not a checkpoint: it has no config.json`, {
      hint: 'give the folder of a run, or one of its checkpoints',
    });
  }
  return withConfig(directory, readLearner(directory));
}

function withConfig(directory: string, state: LearnerState): LoadedRecurrent {
  const stage = RECURRENT_STAGES.find((name) => name === state.stage);
  if (!stage) {
    throw new UserError(`${directory}: this is not a recurrent network of ours`, {
      hint: 'give a run of smt-… or bptt-…',
    });
  }
  const { step, params, optimizer, algorithm } = state;
  const model = readModelConfig(directory, MODELS);
  const sizes = recurrentConfigOf(model);
  const config = deriveRecurrentConfig(
    { ...sizes, ...(algorithm as RecurrentModelOptions) },
    sizes.vocabSize,
  );
  return { stage, step, config, params, optimizer };
}

/**
 * Where a stage goes on: its newest whole checkpoint; damaged newer ones are removed, and old ones beyond `keepLast`.
 *
 * @returns null when the stage has none
 * @throws UserError when all are damaged, or the checkpoint is of another model than `expected`
 */
export function findRecurrentResume(
  directory: string,
  stage: RecurrentStage,
  expected: RecurrentConfig,
  keepLast: number,
  warn: (text: string) => void,
): LoadedRecurrent | null {
  const found = findLearner(directory, MODELS, describe(stage, expected, 1), keepLast, warn);
  if (!found) return null;
  const { step, params, optimizer } = found;
  return { stage, step, params, optimizer, config: expected };
}

/** @throws UserError naming what differs */
export function requireConfig(
  found: RecurrentConfig,
  expected: RecurrentConfig,
  folder: string,
): void {
  requireEqual(folder, found, expected);
}
