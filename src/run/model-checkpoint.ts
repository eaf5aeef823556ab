// A learner's checkpoint as a folder that Hugging Face tools open: config.json, model.safetensors,
// tokenizer.json; the optimizer's state lies beside it.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { LearnerSnapshot, NamedArrays } from '../algorithms/index.ts';
import { type NdArray, UserError } from '../core/index.ts';
import { formatJson, readJsonFile } from '../files/json.ts';
import { readSafetensors } from '../files/safetensors.ts';
import {
  type LlamaConfig,
  type LlamaParams,
  llamaConfigFromJson,
  llamaConfigText,
} from '../nn/index.ts';
import type { Tokenizer } from '../text/index.ts';
import {
  type Checkpoint,
  findLatestCheckpoint,
  pruneCheckpoints,
  rewindCheckpoints,
  saveCheckpoint,
} from './checkpoint.ts';
import { missingModelFile, readModelWeights } from './model-weights.ts';

const stateSchema = z.strictObject({
  format: z.literal('primordia-run'),
  stage: z.string(),
  step: z.int().nonnegative(),
});

type SaveModelOptions = {
  /** Folder of the stage's checkpoints. */
  readonly directory: string;
  readonly stage: string;
  readonly step: number;
  readonly keepLast: number;
  readonly config: LlamaConfig;
  readonly snapshot: LearnerSnapshot;
  /** Of a text model. */
  readonly tokenizer?: Tokenizer | undefined;
};

/** Saves atomically. The bytes depend on the arguments alone. Returns the checkpoint's path. */
export function saveModel(options: SaveModelOptions): string {
  const { config, snapshot, tokenizer, stage, step } = options;
  const endOfText = tokenizer?.endOfText;
  const ids = endOfText === undefined ? {} : { bosTokenId: endOfText, eosTokenId: endOfText };
  const { checkpoint } = saveCheckpoint({
    directory: options.directory,
    step,
    keepLast: options.keepLast,
    files: [
      { name: 'config.json', content: llamaConfigText(config, ids) },
      { name: 'model.safetensors', content: { tensors: snapshot.params } },
      ...(tokenizer ? [{ name: 'tokenizer.json', content: formatJson(tokenizer.toJson()) }] : []),
      { name: 'optimizer.safetensors', content: { tensors: snapshot.optimizer } },
      { name: 'state.json', content: formatJson({ format: 'primordia-run', stage, step }) },
    ],
  });
  return checkpoint.path;
}

export type LoadedModel = {
  readonly config: LlamaConfig;
  readonly params: LlamaParams<NdArray>;
};

/**
 * Reads a model folder: one of ours, or any Hugging Face folder of a Llama, Mistral or Qwen 2, in one file or several.
 *
 * @throws UserError naming the file when it is missing, truncated, foreign, or does not fit its config
 */
export function loadModel(directory: string): LoadedModel {
  const config = readModelConfig(directory);
  return { config, params: readModelWeights(directory, config) };
}

/**
 * The configuration of the model in a folder.
 *
 * @throws UserError when there is none, or not of a Llama model
 */
export function readModelConfig(directory: string): LlamaConfig {
  const file = path.join(directory, 'config.json');
  if (!existsSync(file)) throw missingModelFile(directory, 'config.json');
  return llamaConfigFromJson(readJsonFile(file, { maxBytes: MAX_CONFIG_BYTES }), file);
}

/** A thousand times what they have. */
const MAX_CONFIG_BYTES = 2 ** 22;

type ResumePoint = LoadedModel & {
  readonly step: number;
  readonly optimizer: NamedArrays;
};

/**
 * The newest whole checkpoint in a folder, every byte verified; `warn` hears of damaged newer ones.
 *
 * @returns null when there are no checkpoints at all
 * @throws UserError when there are some, and all are damaged: to begin anew is for people to decide
 */
export function findWholeCheckpoint(
  directory: string,
  warn: (text: string) => void,
): Checkpoint | null {
  const { checkpoint, warnings } = findLatestCheckpoint(directory, { hashes: true });
  if (!checkpoint && warnings.length > 0) {
    throw new UserError(`no checkpoint is whole: ${warnings.join('; ')}`, {
      hint: `put a copy back, or remove ${directory} to begin that stage anew`,
    });
  }
  for (const warning of warnings) warn(`${warning}; the checkpoint before it is used`);
  return checkpoint;
}

/**
 * Where a stage goes on: its newest whole checkpoint; damaged newer ones are removed, and old ones beyond `keepLast`.
 *
 * @returns null when the stage has none
 * @throws UserError when all are damaged, or the checkpoint is of another model than `expected`
 */
export function findResumePoint(
  directory: string,
  expected: LlamaConfig,
  keepLast: number,
  warn: (text: string) => void,
): ResumePoint | null {
  const checkpoint = findWholeCheckpoint(directory, warn);
  if (!checkpoint) return null;
  requireModel(checkpoint.path, expected);
  const model = loadModel(checkpoint.path);
  rewindCheckpoints(directory, checkpoint.step);
  pruneCheckpoints(directory, checkpoint.step, keepLast);
  const state = stateSchema.parse(readJsonFile(path.join(checkpoint.path, 'state.json')));
  const { tensors } = readSafetensors(path.join(checkpoint.path, 'optimizer.safetensors'));
  return { ...model, step: state.step, optimizer: tensors };
}

/** @throws UserError naming what differs when a checkpoint is not of a model like `expected` */
export function requireModel(folder: string, expected: LlamaConfig): void {
  const found = readModelConfig(folder);
  const names = Object.keys(expected) as (keyof LlamaConfig)[];
  const text = (config: LlamaConfig, name: keyof LlamaConfig) => {
    const value = config[name];
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  };
  const differing = names.filter((name) => text(found, name) !== text(expected, name));
  if (differing.length === 0) return;
  const list = differing.map(
    (name) => `${name} ${text(found, name)} against ${text(expected, name)}`,
  );
  throw new UserError(`${folder} holds another model than the recipe's: ${list.join(', ')}`, {
    hint: 'resume with the recipe that made it, or choose another --out',
  });
}
