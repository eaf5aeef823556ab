// The weights in a model's folder: one safetensors file, or several with an index.

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { type NdArray, sizeOf, type Tree, UserError } from '../core/index.ts';
import { listFolder } from '../files/read-file.ts';
import { readSafetensors, readSafetensorsHeader } from '../files/safetensors.ts';
import { usableMemory } from '../files/usable-memory.ts';
import { checkTensors, type DerivedTensors, type Model, paramsFromTensors } from '../nn/index.ts';
import { readShardIndex, type Shard } from './shard-index.ts';

const WEIGHTS = 'model.safetensors';
/** File of a checkpoint whose learner has more arrays than the model. */
export const LEARNER_WEIGHTS = 'learner.safetensors';
const INDEX = `${WEIGHTS}.index.json`;
/** Other types keep their names, for messages. */
const DTYPES = { I64: 'int64', I32: 'int32', BOOL: 'bool' } as const;

/**
 * The parameters in a model's folder. Names, shapes and the memory they take are checked before any data is read.
 *
 * @param derived tensors that may lie beside them
 * @throws UserError naming the file when there are none, they are damaged, or they do not fit the model
 */
export function readModelWeights(
  directory: string,
  model: Pick<Model, 'params'>,
  derived?: DerivedTensors,
): Tree<NdArray> {
  const { source, shards } = findWeights(directory);
  const entries = shards.flatMap((shard) => shard.entries);
  const shapes = entries.map(
    ({ name, dtype, shape }) =>
      [
        name,
        { dtype: dtype in DTYPES ? DTYPES[dtype as keyof typeof DTYPES] : 'float32', shape },
      ] as const,
  );
  checkTensors(model.params, Object.fromEntries(shapes), source, derived);
  requireMemory(
    entries.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0),
    source,
  );
  const tensors = shards.flatMap(({ file }) => Object.entries(readSafetensors(file).tensors));
  return paramsFromTensors(model.params, Object.fromEntries(tensors), source, derived);
}

/**
 * The files that hold the parameters in a model's folder.
 *
 * @throws UserError as `readModelWeights`
 */
export function listWeightFiles(directory: string): string[] {
  return findWeights(directory).shards.map(({ file }) => file);
}

function findWeights(directory: string): {
  readonly source: string;
  readonly shards: readonly Shard[];
} {
  // In the order in which transformers looks.
  const file = path.join(directory, WEIGHTS);
  if (existsSync(file)) {
    return { source: file, shards: [{ file, entries: readSafetensorsHeader(file).entries }] };
  }
  const index = path.join(directory, INDEX);
  if (existsSync(index)) return { source: index, shards: readShardIndex(index) };
  throw missingModelFile(directory, WEIGHTS);
}

/** The error for a folder without a file that every model folder has. */
export function missingModelFile(directory: string, name: string): UserError {
  const isFolder = statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
  const names = isFolder ? listFolder(directory) : [];
  const other = names.find((entry) => /\.(bin|pt|pth|gguf|h5|msgpack)$/.test(entry));
  let hint = 'give a run folder, or a checkpoint folder with config.json and model.safetensors';
  if (name === WEIGHTS && other !== undefined) {
    hint = `${other} cannot be read; in Python, model.save_pretrained writes safetensors`;
  }
  if (name === WEIGHTS && names.includes(LEARNER_WEIGHTS)) {
    hint =
      'its stage trains more than the model: once finished, it leaves the model as an artifact';
  }
  return new UserError(`${directory} is not a model folder: it has no ${name}`, { hint });
}

function requireMemory(bytes: number, source: string): void {
  const memory = usableMemory();
  if (bytes <= memory) return;
  const gibibytes = (count: number) => `${(count / 2 ** 30).toFixed(1)} GiB`;
  throw new UserError(
    `${source}: the weights take ${gibibytes(bytes)} as float32, and only ${gibibytes(memory)} are available`,
    { hint: 'choose a smaller model' },
  );
}
