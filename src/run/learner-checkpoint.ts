// Checkpoints of a learner of any algorithm. If it trains only the model, the folder is a model's folder too, with the
// optimizer's arrays beside it.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { LearnerSnapshot, NamedArrays } from '../algorithms/index.ts';
import { flattenTree, isParamSpec, type ParamSpec } from '../core/index.ts';
import { readCheckedJson } from '../files/checked-json.ts';
import { formatJson } from '../files/json.ts';
import { readSafetensors } from '../files/safetensors.ts';
import { createModel, type ModelDescription, type ModelRegistry } from '../nn/index.ts';
import type { Tokenizer } from '../text/index.ts';
import {
  findWholeCheckpoint,
  pruneCheckpoints,
  rewindCheckpoints,
  saveCheckpoint,
} from './checkpoint.ts';
import { configFile, modelFiles, requireEqual, requireModel } from './model-files.ts';
import { LEARNER_WEIGHTS } from './model-weights.ts';

/** What a checkpoint belongs to. */
export type LearnerDescription = {
  readonly stage: string;
  readonly model: ModelDescription;
  /** Other settings that the learner's arrays depend on, such as the sizes of a teacher. */
  readonly algorithm?: Readonly<Record<string, unknown>>;
};

export type SaveLearnerOptions = LearnerDescription & {
  /** Folder of the stage's checkpoints. */
  readonly directory: string;
  readonly registry: ModelRegistry;
  readonly step: number;
  readonly keepLast: number;
  readonly snapshot: LearnerSnapshot;
  /** If tokens are text. */
  readonly tokenizer?: Tokenizer | undefined;
};

/** Saves atomically. The bytes depend only on the arguments. Returns the checkpoint's path. */
export function saveLearner(options: SaveLearnerOptions): string {
  const { registry, model, stage, step, algorithm = {}, tokenizer } = options;
  const { params, optimizer } = options.snapshot;
  const { checkpoint } = saveCheckpoint({
    directory: options.directory,
    step,
    keepLast: options.keepLast,
    files: [
      ...(isModel(registry, model, params)
        ? modelFiles(registry, { model, params, tokenizer })
        : [
            configFile(registry, model, tokenizer),
            { name: LEARNER_WEIGHTS, content: { tensors: params } },
          ]),
      { name: 'optimizer.safetensors', content: { tensors: optimizer } },
      { name: 'state.json', content: formatJson({ format: FORMAT, stage, step, algorithm }) },
    ],
  });
  return checkpoint.path;
}

/** Whether arrays are the parameters of a model and nothing else. */
function isModel(
  registry: ModelRegistry,
  { kind, options, sizes }: ModelDescription,
  arrays: NamedArrays,
): boolean {
  const { params } = createModel(registry, kind, options, sizes);
  const specs = flattenTree<ParamSpec>(params, isParamSpec);
  return (
    specs.length === Object.keys(arrays).length &&
    specs.every(([name, { shape }]) => String(arrays[name]?.shape) === String(shape))
  );
}

const FORMAT = 'primordia-run';
const stateSchema = z.strictObject({
  format: z.literal(FORMAT),
  stage: z.string(),
  step: z.int().nonnegative(),
  algorithm: z.record(z.string(), z.unknown()).default({}),
});

export type LearnerState = LearnerSnapshot & Omit<z.infer<typeof stateSchema>, 'format'>;

/**
 * The newest intact checkpoint of a stage, from which it is resumed. Damaged newer ones are removed, and old ones beyond `keepLast`.
 *
 * @param warn is told of damaged checkpoints
 * @returns null if the stage has none
 * @throws UserError if all are damaged, or the checkpoint is of another model or algorithm than `expected`
 */
export function findLearner(
  directory: string,
  registry: ModelRegistry,
  expected: LearnerDescription,
  keepLast: number,
  warn: (text: string) => void,
): LearnerState | null {
  const checkpoint = findWholeCheckpoint(directory, warn);
  if (!checkpoint) return null;
  requireLearner(checkpoint.path, registry, expected);
  const state = readLearner(checkpoint.path);
  rewindCheckpoints(directory, checkpoint.step);
  pruneCheckpoints(directory, checkpoint.step, keepLast);
  return state;
}

/**
 * Reads a checkpoint folder, which is not verified.
 *
 * @throws UserError naming the file when it is missing or damaged
 */
export function readLearner(folder: string): LearnerState {
  const { format: _, ...state } = readState(folder);
  const read = (name: string) => readSafetensors(path.join(folder, name)).tensors;
  const params = read(path.basename(learnerWeights(folder)));
  return { ...state, params, optimizer: read('optimizer.safetensors') };
}

/** The file of a checkpoint's parameters. */
function learnerWeights(folder: string): string {
  const own = path.join(folder, LEARNER_WEIGHTS);
  return existsSync(own) ? own : path.join(folder, 'model.safetensors');
}

/** @throws UserError naming the difference if a checkpoint does not belong to what is expected */
export function requireLearner(
  folder: string,
  registry: ModelRegistry,
  { model, algorithm = {} }: LearnerDescription,
): void {
  requireModel(folder, registry, model);
  requireEqual(folder, readState(folder).algorithm, algorithm, 'algorithm');
}

function readState(folder: string): z.infer<typeof stateSchema> {
  return readCheckedJson(path.join(folder, 'state.json'), stateSchema, "a learner's state");
}
