// A learner's checkpoint as a folder that Hugging Face tools open: config.json, model.safetensors,
// tokenizer.json; the optimizer's state lies beside it.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type NdArray, UserError } from '../core/index.ts';
import type { LearnerSnapshot, NamedArrays } from '../learn/index.ts';
import {
  type LlamaConfig,
  type LlamaParams,
  llamaConfigFromJson,
  llamaConfigJson,
  llamaFromTensors,
} from '../nn/index.ts';
import type { Tokenizer } from '../text/index.ts';
import { findLatestCheckpoint, rewindCheckpoints, saveCheckpoint } from './checkpoint.ts';
import { readSafetensors } from './safetensors.ts';

const stateSchema = z.strictObject({
  format: z.literal('primordia-run'),
  stage: z.string(),
  step: z.int().nonnegative(),
});

export type SaveModelOptions = {
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

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

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
      { name: 'config.json', content: json(llamaConfigJson(config, ids)) },
      { name: 'model.safetensors', content: { tensors: snapshot.params } },
      ...(tokenizer ? [{ name: 'tokenizer.json', content: json(tokenizer.toJson()) }] : []),
      { name: 'optimizer.safetensors', content: { tensors: snapshot.optimizer } },
      { name: 'state.json', content: json({ format: 'primordia-run', stage, step }) },
    ],
  });
  return checkpoint.path;
}

export type LoadedModel = {
  readonly config: LlamaConfig;
  readonly params: LlamaParams<NdArray>;
};

/**
 * Reads a model folder: one of ours, or any Hugging Face folder of a Llama model.
 *
 * @throws UserError naming the file when it is missing, truncated, foreign, or does not fit its config
 */
export function loadModel(directory: string): LoadedModel {
  const configFile = path.join(directory, 'config.json');
  const weightsFile = path.join(directory, 'model.safetensors');
  for (const file of [configFile, weightsFile]) {
    if (!existsSync(file)) {
      throw new UserError(`${directory} is no model folder: it has no ${path.basename(file)}`, {
        hint: 'give a run folder, or a checkpoint folder with config.json and model.safetensors',
      });
    }
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(configFile, 'utf8'));
  } catch (error) {
    throw new UserError(`${configFile} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const config = llamaConfigFromJson(parsed, configFile);
  const { tensors } = readSafetensors(weightsFile);
  return { config, params: llamaFromTensors(config, tensors, weightsFile) };
}

export type ResumePoint = LoadedModel & {
  readonly step: number;
  readonly optimizer: NamedArrays;
};

/**
 * The newest whole checkpoint of a stage, verified; damaged newer ones are removed.
 *
 * @returns null when the stage has none
 * @throws UserError when the checkpoint is of another model than `expected`
 */
export function findResumePoint(
  directory: string,
  expected: LlamaConfig,
  warn: (text: string) => void,
): ResumePoint | null {
  const { checkpoint, warnings } = findLatestCheckpoint(directory, { hashes: true });
  for (const warning of warnings) warn(warning);
  if (!checkpoint) return null;
  if (warnings.length > 0) rewindCheckpoints(directory, checkpoint.step);
  const model = loadModel(checkpoint.path);
  const sizes = (config: LlamaConfig) =>
    [config.vocabSize, config.hiddenSize, config.layers, config.intermediateSize].join('/');
  if (sizes(model.config) !== sizes(expected)) {
    throw new UserError(
      `${checkpoint.path} is of another shape than the recipe's model: ` +
        `vocabulary/width/layers/feed-forward ${sizes(model.config)} against ${sizes(expected)}`,
      { hint: 'resume with the recipe that made it, or choose another --out' },
    );
  }
  const stateFile = path.join(checkpoint.path, 'state.json');
  const state = stateSchema.parse(JSON.parse(readFileSync(stateFile, 'utf8')));
  const { tensors } = readSafetensors(path.join(checkpoint.path, 'optimizer.safetensors'));
  return { ...model, step: state.step, optimizer: tensors };
}
