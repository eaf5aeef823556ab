// The artifacts of a finished stage: named folders with hashes, for a later stage, another run, or sampling.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Artifact, Artifacts } from '../algorithms/algorithm.ts';
import { UserError } from '../core/index.ts';
import { ensureDirectory, writeDirectoryAtomic } from '../files/atomic.ts';
import { formatJson, readJsonFile } from '../files/json.ts';
import { listFolder } from '../files/read-file.ts';
import { readSafetensors } from '../files/safetensors.ts';
import type { ModelRegistry } from '../nn/index.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { type ModelContent, modelFiles } from './model-files.ts';

/** What artifacts are of. */
export type ArtifactsOrigin = Pick<ModelContent, 'model' | 'tokenizer'> & {
  /** Optimizer steps of the stage. */
  readonly step: number;
};

/** An artifact, read back. */
export type StoredArtifact = Artifact & {
  /** Optimizer steps of the stage that left it. */
  readonly step: number;
  /** Hash of the file of its arrays, by which a run knows what it started from. */
  readonly sha256: string;
};

/** The artifact that every stage leaves; its folder is one that `loadModel` reads. */
const MODEL = 'model';
const MODEL_WEIGHTS = 'model.safetensors';
/** File of arrays whose meaning only algorithms know. */
const WEIGHTS = 'arrays.safetensors';
const CONFIG = 'artifact.json';
/** A word in lower case, which is a valid folder name on every system. */
const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * Writes all artifacts of a stage at once, one folder each: either all are written, or none. The bytes depend only on the
 * arguments. Existing artifacts are replaced.
 *
 * @param directory the folder for them, with nothing else in it
 * @throws UserError for a name that is not a word, or if writing fails
 */
export function saveArtifacts(
  directory: string,
  registry: ModelRegistry,
  artifacts: Artifacts,
  { model, tokenizer, step }: ArtifactsOrigin,
): void {
  for (const name of Object.keys(artifacts)) requireName(name);
  ensureDirectory(path.dirname(path.resolve(directory)), { parents: 1 });
  writeDirectoryAtomic(directory, (temporary) => {
    for (const [name, { arrays, config }] of Object.entries(artifacts)) {
      const folder = path.join(temporary, name);
      ensureDirectory(folder);
      const files =
        name === MODEL
          ? modelFiles(registry, { model, params: arrays, tokenizer })
          : [{ name: WEIGHTS, content: { tensors: arrays } }];
      const about = config === undefined ? [] : [{ name: CONFIG, content: formatJson(config) }];
      writeCheckpoint(folder, step, [...files, ...about]);
    }
  });
}

/** The folder of an artifact. */
export function artifactFolder(directory: string, name: string): string {
  requireName(name);
  return path.join(directory, name);
}

/**
 * Reads an artifact, every byte verified.
 *
 * @throws UserError naming the folder where there is none, or it is damaged
 */
export function readArtifact(directory: string, name: string): StoredArtifact {
  const folder = artifactFolder(directory, name);
  if (!existsSync(folder)) {
    throw new UserError(`${directory} has no artifact '${name}'`, {
      hint: 'a stage leaves it when it is finished, if its algorithm makes it',
    });
  }
  const { files, step } = readCheckpoint(folder, { hashes: true });
  const weights = files.find(({ name: file }) => file === MODEL_WEIGHTS || file === WEIGHTS);
  if (!weights) throw new UserError(`${folder} has no arrays`, { hint: 'restore it from a copy' });
  const { tensors } = readSafetensors(path.join(folder, weights.name));
  const config = files.some(({ name: file }) => file === CONFIG)
    ? { config: readJsonFile(path.join(folder, CONFIG)) }
    : {};
  return { arrays: tensors, ...config, step, sha256: weights.sha256 };
}

/**
 * All artifacts that a stage has left, every byte verified.
 *
 * @throws UserError if there are none, or one is damaged
 */
export function readArtifacts(directory: string): Readonly<Record<string, StoredArtifact>> {
  if (!existsSync(artifactFolder(directory, MODEL))) {
    throw new UserError(`${directory} holds no artifacts`, {
      hint: 'a finished stage leaves them: resume the run first',
    });
  }
  const names = listFolder(directory).filter((name) => NAME.test(name));
  return Object.fromEntries(names.map((name) => [name, readArtifact(directory, name)]));
}

function requireName(name: string): void {
  if (NAME.test(name)) return;
  throw new UserError(
    `the name of an artifact, ${JSON.stringify(name)}, is no word of small letters`,
  );
}
