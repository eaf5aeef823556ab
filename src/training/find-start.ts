// The starting model of a stage from elsewhere: from a run, a model's folder, or a shipped source.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Artifacts } from '../algorithms/index.ts';
import { nearestName, UserError } from '../core/index.ts';
import { createModel, type Model, namedTensors } from '../nn/index.ts';
import { readArtifacts } from '../run/artifacts.ts';
import { hashFile, verifyModelFiles } from '../run/checkpoint.ts';
import { loadModel, MODEL_FILES, readModelConfig } from '../run/model-files.ts';
import { listWeightFiles } from '../run/model-weights.ts';
import { isRunFolder } from '../run/run-folder.ts';
import type { Registries } from './registries.ts';
import {
  describeSources,
  isShippedSource,
  listSources,
  openShippedSource,
  type ShippedSource,
} from './shipped-source.ts';
import { requireStageModel } from './stage-models.ts';
import { artifactsPath } from './training-folder.ts';

export type FoundStart = {
  /** The model's description, without its parameters. */
  readonly model: Model;
  /** Hash of the bytes of its weights. */
  readonly sha256: string;
  /** Null if it is a folder of the user's. */
  readonly shipped: ShippedSource | null;
  /** The run and the stage whose model it is; null for a model's folder. */
  readonly run: { readonly directory: string; readonly stage: string } | null;
  read(): Artifacts;
};

/** Marks a path relative to the run's own folder, so that a study can be moved. */
export const BESIDE = 'run:';

/**
 * Finds what `start.from` names. The name of a shipped source means that source, whatever is in the working folder, so that a
 * recipe means the same everywhere. A folder is named with a slash.
 *
 * @param directory the run's folder
 * @throws UserError if there is no such model, or it is damaged
 */
export function findStart(
  from: string,
  { registries, directory }: { readonly registries: Registries; readonly directory: string | null },
): FoundStart {
  if (isShippedSource(from)) {
    const shipped = openShippedSource(from, registries);
    return { ...findFolder(shipped.directory, registries), sha256: shipped.sha256, shipped };
  }
  const place = from.startsWith(BESIDE)
    ? path.join(directory ?? '.', from.slice(BESIDE.length))
    : from;
  if (!existsSync(place)) throw notFound(from);
  // A shipped source's folder has a recipe too.
  const isModel = existsSync(path.join(place, 'config.json'));
  if (isModel || !isRunFolder(place)) {
    return findStage(place, registries) ?? findFolder(place, registries);
  }
  const { stage, folder, artifacts, ...found } = requireStageModel(place, registries);
  if (!found.isModel) {
    throw new UserError(`stage '${stage}' of ${place} has no model before it is finished`, {
      hint: `let it train: primordia resume ${place}`,
    });
  }
  const start = { ...findFolder(folder, registries), run: { directory: place, stage } };
  return artifacts === null ? start : { ...start, read: () => readArtifacts(artifacts) };
}

/** A stage of a run, if it is named itself: `runs/a/stages/smt`. */
function findStage(place: string, registries: Registries): FoundStart | null {
  const directory = path.dirname(path.dirname(path.resolve(place)));
  const stage = path.basename(place);
  const artifacts = artifactsPath(directory, stage);
  if (!isRunFolder(directory) || path.resolve(place) !== path.dirname(artifacts)) return null;
  if (!existsSync(artifacts)) {
    throw new UserError(`stage '${stage}' of ${directory} is not finished`, {
      hint: `let it train: primordia resume ${directory}`,
    });
  }
  const found = findFolder(path.join(artifacts, 'model'), registries);
  return { ...found, run: { directory, stage }, read: () => readArtifacts(artifacts) };
}

function notFound(from: string): UserError {
  if (/[/\\]/.test(from)) {
    return new UserError(`there is no folder ${from}`, {
      hint: 'name a run, a checkpoint, or a model folder',
    });
  }
  const near = nearestName(from, listSources());
  return new UserError(`'${from}' is not an earlier stage, a folder or a shipped source`, {
    hint: near ? `did you mean '${near}'?` : describeSources(),
  });
}

/** A checkpoint of ours has hashes to verify by; a folder of Hugging Face's has none. */
function findFolder(folder: string, { models }: Registries): FoundStart {
  verifyModelFiles(folder, MODEL_FILES);
  const { kind, options, sizes } = readModelConfig(folder, models);
  return {
    model: createModel(models, kind, options, sizes),
    sha256: hashWeights(folder),
    shipped: null,
    run: null,
    read: () => ({ model: { arrays: namedTensors(loadModel(folder, models).params) } }),
  };
}

/** Of the file, or where there are several, of their hashes. */
function hashWeights(folder: string): string {
  const hashes = listWeightFiles(folder).map(hashFile);
  if (hashes.length === 1) return hashes[0]!;
  return createHash('sha256').update(hashes.join('\n')).digest('hex');
}
