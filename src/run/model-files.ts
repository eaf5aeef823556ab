// A model of any kind in a folder: config.json, model.safetensors, tokenizer.json. Hugging Face's tools open that of a Llama;
// other kinds have a config.json of our own.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { NamedArrays } from '../algorithms/index.ts';
import { type NdArray, type Tree, UserError } from '../core/index.ts';
import { writeDirectoryAtomic } from '../files/atomic.ts';
import { formatJson, readJsonFile } from '../files/json.ts';
import {
  createModel,
  type Model,
  type ModelDescription,
  type ModelRegistry,
  modelConfigFromJson,
  modelConfigText,
} from '../nn/index.ts';
import type { Tokenizer } from '../text/index.ts';
import { type CheckpointFile, verifyModelFiles, writeCheckpoint } from './checkpoint.ts';
import { missingModelFile, readModelWeights } from './model-weights.ts';

/** A model with its parameters by name. */
export type ModelContent = {
  readonly model: ModelDescription;
  readonly params: NamedArrays;
  /** If tokens are text. */
  readonly tokenizer?: Tokenizer | undefined;
};

/** The files of a model's folder. The bytes depend only on the arguments. */
export function modelFiles(
  registry: ModelRegistry,
  { model, params, tokenizer }: ModelContent,
): CheckpointFile[] {
  return [
    configFile(registry, model, tokenizer),
    { name: 'model.safetensors', content: { tensors: params } },
    ...(tokenizer ? [{ name: 'tokenizer.json', content: formatJson(tokenizer.toJson()) }] : []),
  ];
}

/** config.json, which describes the model even if its parameters are stored among others. */
export function configFile(
  registry: ModelRegistry,
  model: ModelDescription,
  tokenizer?: Tokenizer,
): CheckpointFile {
  return { name: 'config.json', content: modelConfigText(registry, model, tokenizer?.endOfText) };
}

/**
 * Writes a model into a folder of its own, atomically, with a list of its files and their hashes. An existing folder is
 * replaced.
 *
 * @param step optimizer steps that it was trained for
 * @throws UserError if writing fails
 */
export function saveModel(
  directory: string,
  registry: ModelRegistry,
  content: ModelContent,
  step = 0,
): void {
  writeDirectoryAtomic(directory, (temporary) => {
    writeCheckpoint(temporary, step, modelFiles(registry, content));
  });
}

export type LoadedModel = {
  readonly description: ModelDescription;
  readonly model: Model;
  readonly params: Tree<NdArray>;
};

/**
 * Reads a model folder: one of ours, or one of Hugging Face of an architecture that a kind of the registry knows, in one
 * file or several.
 *
 * @throws UserError naming the file when it is missing, truncated, foreign, does not fit its config, or in a folder of ours
 *   is not what was written
 */
export function loadModel(directory: string, registry: ModelRegistry): LoadedModel {
  verifyModelFiles(directory, MODEL_FILES);
  const description = readModelConfig(directory, registry);
  const { kind, options, sizes } = description;
  const model = createModel(registry, kind, options, sizes);
  const derived = registry[kind]!.files?.derivedTensors?.(description);
  return { description, model, params: readModelWeights(directory, model, derived) };
}

/** The files that are read from a model's folder, its tokenizer included. */
export const MODEL_FILES = ['config.json', 'model.safetensors', 'tokenizer.json'];

/**
 * The description of the model in a folder, from its config.json.
 *
 * @throws UserError if there is none, or of no kind of the registry
 */
export function readModelConfig(directory: string, registry: ModelRegistry): ModelDescription {
  const file = path.join(directory, 'config.json');
  if (!existsSync(file)) throw missingModelFile(directory, 'config.json');
  return modelConfigFromJson(registry, readJsonFile(file, { maxBytes: MAX_CONFIG_BYTES }), file);
}

/** A thousand times their usual size. */
const MAX_CONFIG_BYTES = 2 ** 22;

/** @throws UserError naming the difference if a folder does not hold a model like `expected` */
export function requireModel(
  directory: string,
  registry: ModelRegistry,
  expected: ModelDescription,
): void {
  const found = readModelConfig(directory, registry);
  if (found.kind !== expected.kind)
    throw otherThan('model', directory, [`${found.kind} against ${expected.kind}`]);
  requireEqual(directory, listSizes(registry, found), listSizes(registry, expected));
}

/** What distinguishes a model from others of its kind. The context length does not count for models of any length. */
function listSizes(registry: ModelRegistry, { kind, options, sizes }: ModelDescription) {
  const { vocabSize, contextLength } = createModel(registry, kind, options, sizes);
  return { vocabSize, contextLength, ...options };
}

type Values = Readonly<Record<string, unknown>>;

/** @throws UserError naming the values of a folder that differ from the expected ones */
export function requireEqual(
  directory: string,
  found: Values,
  expected: Values,
  what: 'model' | 'algorithm' = 'model',
): void {
  const text = (value: unknown) =>
    typeof value === 'object' ? JSON.stringify(value) : String(value ?? 'none');
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  const differing = names.flatMap((name) => {
    const [has, wants] = [text(found[name]), text(expected[name])];
    return has === wants ? [] : [`${name} ${has} against ${wants}`];
  });
  if (differing.length > 0) throw otherThan(what, directory, differing);
}

function otherThan(what: string, directory: string, differing: readonly string[]): UserError {
  return new UserError(
    `${directory} holds a different ${what} from the recipe's: ${differing.join(', ')}`,
    { hint: 'resume with the recipe that made it, or choose another --out' },
  );
}
