// Checkpoints of recurrent runs: model.safetensors and config.json, the optimizer's state beside them.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { LearnerSnapshot, NamedArrays } from '../algorithms/index.ts';
import { UserError } from '../core/index.ts';
import { formatJson, readJsonFile } from '../files/json.ts';
import { readSafetensors } from '../files/safetensors.ts';
import { deriveMemoryConfig, type MemoryConfig } from '../nn/index.ts';
import { pruneCheckpoints, rewindCheckpoints, saveCheckpoint } from '../run/checkpoint.ts';
import { findWholeCheckpoint } from '../run/model-checkpoint.ts';
import { RECURRENT_STAGES, type RecurrentStage } from './recipe.ts';

const FORMAT = 'primordia-recurrent';

const configSchema = z.looseObject({
  model_type: z.literal(FORMAT),
  stage: z.enum(RECURRENT_STAGES),
  step: z.int().nonnegative(),
  vocabSize: z.int().positive(),
});

export type SaveRecurrentOptions = {
  /** Folder of the stage's checkpoints. */
  readonly directory: string;
  readonly stage: RecurrentStage;
  readonly step: number;
  readonly keepLast: number;
  readonly config: MemoryConfig;
  readonly snapshot: LearnerSnapshot;
};

/**
 * Saves atomically; the bytes depend on the arguments alone. Of SMT the model is teacher and cell, of DMT and BPTT the
 * network: `cell`, `readout`, `initial`. Returns the checkpoint's path.
 */
export function saveRecurrent(options: SaveRecurrentOptions): string {
  const { config, snapshot, stage, step } = options;
  const { checkpoint } = saveCheckpoint({
    directory: options.directory,
    step,
    keepLast: options.keepLast,
    files: [
      {
        name: 'config.json',
        content: formatJson({ model_type: FORMAT, stage, step, ...config }),
      },
      { name: 'model.safetensors', content: { tensors: snapshot.params } },
      { name: 'optimizer.safetensors', content: { tensors: snapshot.optimizer } },
    ],
  });
  return checkpoint.path;
}

export type LoadedRecurrent = {
  readonly stage: RecurrentStage;
  readonly step: number;
  readonly config: MemoryConfig;
  readonly params: NamedArrays;
  readonly optimizer: NamedArrays;
};

/**
 * Reads a checkpoint folder.
 *
 * @throws UserError naming the file when it is missing, damaged, or of another kind
 */
export function loadRecurrent(directory: string): LoadedRecurrent {
  const file = path.join(directory, 'config.json');
  if (!existsSync(file)) {
    throw new UserError(`${directory} is not a checkpoint: it has no config.json`, {
      hint: 'give the folder of a run, or one of its checkpoints',
    });
  }
  const value = readJsonFile(file);
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) {
    throw new UserError(`${file}: this is not a recurrent network of ours`, {
      hint: 'give a run of smt-… or bptt-…',
    });
  }
  const { stage, step, vocabSize, model_type: _, ...options } = parsed.data;
  const read = (name: string) => readSafetensors(path.join(directory, name)).tensors;
  return {
    ...{ stage, step },
    config: deriveMemoryConfig(options, vocabSize),
    params: read('model.safetensors'),
    optimizer: read('optimizer.safetensors'),
  };
}

/**
 * Where a stage goes on: its newest whole checkpoint; damaged newer ones are removed, and old ones beyond `keepLast`.
 *
 * @returns null when the stage has none
 * @throws UserError when all are damaged, or the checkpoint is of another model than `expected`
 */
export function findRecurrentResume(
  directory: string,
  expected: MemoryConfig,
  keepLast: number,
  warn: (text: string) => void,
): LoadedRecurrent | null {
  const checkpoint = findWholeCheckpoint(directory, warn);
  if (!checkpoint) return null;
  const loaded = loadRecurrent(checkpoint.path);
  requireConfig(loaded.config, expected, checkpoint.path);
  rewindCheckpoints(directory, checkpoint.step);
  pruneCheckpoints(directory, checkpoint.step, keepLast);
  return loaded;
}

/** @throws UserError naming what differs */
export function requireConfig(found: MemoryConfig, expected: MemoryConfig, folder: string): void {
  const names = Object.keys(expected) as (keyof MemoryConfig)[];
  const differing = names.filter((name) => found[name] !== expected[name]);
  if (differing.length === 0) return;
  const list = differing.map((name) => `${name} ${found[name]} against ${expected[name]}`);
  throw new UserError(`${folder} holds another model than the recipe's: ${list.join(', ')}`, {
    hint: 'resume with the recipe that made it, or choose another --out',
  });
}
