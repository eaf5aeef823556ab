// Makes a source that comes with the package out of the run that trained it.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { ensureDirectory, writeDirectoryAtomic, writeFileDurably } from '../files/atomic.ts';
import { formatJson, readJsonFile } from '../files/json.ts';
import { decodeSafetensors, encodeSafetensors } from '../files/safetensors.ts';
import { formatSealedJson } from '../files/sealed-json.ts';
import { MODELS, modelConfigText, namedTensors, paramsFromTensors } from '../nn/index.ts';
import type { Device } from '../tensor/index.ts';
import { findWholeCheckpoint } from './checkpoint.ts';
import { judgeModel } from './judge-model.ts';
import { loadModel } from './model-files.ts';
import { readProvenance } from './provenance.ts';
import { parseRecipe } from './recipe.ts';
import { runPaths, stageFolder } from './run-folder.ts';
import { isOtherRecipe } from './run-life.ts';
import {
  describeBytes,
  MAX_WEIGHTS_BYTES,
  openShippedSource,
  requireSourceName,
  type ShippedSource,
  SOURCE_FILES,
  type SourceRecord,
} from './shipped-source.ts';
import { countHeldOut } from './source-stage.ts';
import { sourcesFolder } from './sources-folder.ts';
import { readRecipe } from './train-run.ts';

export type ShipOptions = {
  readonly name: string;
  /** A sentence on what it has learned; by default that of the run's recipe. */
  readonly description?: string | undefined;
  /** Judges it. */
  readonly device: Device;
};

/**
 * Writes `sources/NAME` from a run whose source stage is finished: weights as bfloat16, configuration, recipe, and the record with
 * hashes and the gate of the weights as they were rounded. Nothing is written unless that is `dynamics`.
 *
 * @throws UserError for a run without a finished source stage, a world whose sequences come from files, weights beyond 4 MB, a
 *   source that has not learned dynamics, a name that is taken, a run of changed code
 */
export async function shipSource(
  directory: string,
  { name, description, device }: ShipOptions,
): Promise<ShippedSource> {
  requireSourceName(name);
  const target = path.join(sourcesFolder(), name);
  if (existsSync(target)) {
    throw new UserError(`${target} exists`, { hint: 'remove it first, or choose another name' });
  }
  const {
    recipe,
    params,
    model,
    description: shape,
    step,
    commit,
  } = readTrained(directory, name, description);
  // Half the bytes of float32, and the gate below judges what is left of the weights.
  const weights = encodeSafetensors(namedTensors(params), undefined, { float32As: 'BF16' });
  if (weights.length > MAX_WEIGHTS_BYTES) {
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
    throw new UserError(
      `the weights take ${megabytes(weights.length)} MB as bfloat16; a shipped source has ${megabytes(MAX_WEIGHTS_BYTES)} at most`,
      { hint: 'train a smaller model' },
    );
  }
  const rounded = decodeSafetensors(weights, name).tensors;
  const { gate } = await judgeModel(recipe, paramsFromTensors(model.params, rounded, name), {
    device,
  });
  if (gate.verdict !== 'dynamics') {
    throw new UserError(
      `the source in ${directory} has learned ${gate.verdict}, not dynamics: ${gate.reasons.join(' ')}`,
      { hint: 'train it for longer, or in another world' },
    );
  }
  const encode = (text: string) => new TextEncoder().encode(text);
  const contents = {
    [SOURCE_FILES.weights]: weights,
    [SOURCE_FILES.config]: encode(modelConfigText(MODELS, shape)),
    [SOURCE_FILES.recipe]: encode(formatJson(recipe)),
  };
  const { seed, description: text } = recipe;
  const { batchSize, accumulate, contextLength } = recipe.source;
  const { predictorsVersion, verdict, loss, bestBlind, margin, share } = gate;
  const record: SourceRecord = {
    format: 'primordia-source',
    version: 1,
    name,
    description: text,
    commit,
    tokens: step * batchSize * accumulate * contextLength,
    steps: step,
    dtype: 'bfloat16',
    files: {
      [SOURCE_FILES.weights]: describeBytes(contents[SOURCE_FILES.weights]),
      [SOURCE_FILES.config]: describeBytes(contents[SOURCE_FILES.config]),
      [SOURCE_FILES.recipe]: describeBytes(contents[SOURCE_FILES.recipe]),
    },
    gate: {
      ...{ seed, sequences: countHeldOut(recipe.source), predictorsVersion },
      ...{ verdict, loss, bestBlind, margin, share },
    },
  };
  ensureDirectory(sourcesFolder());
  writeDirectoryAtomic(target, (temporary) => {
    for (const [file, bytes] of Object.entries(contents)) {
      writeFileDurably(path.join(temporary, file), bytes);
    }
    writeFileDurably(path.join(temporary, SOURCE_FILES.record), formatSealedJson(record));
  });
  return openShippedSource(name);
}

/** The model of a finished source stage, with the recipe of that stage alone. */
function readTrained(directory: string, name: string, description: string | undefined) {
  const paths = runPaths(directory);
  const { text: _, transfer: __, requireGate: ___, engine: ____, ...rest } = readRecipe(paths);
  const { source } = rest;
  if (!source) throw new UserError(`${directory} has no source stage`);
  const recipe = parseRecipe(
    { ...rest, name, ...(description === undefined ? {} : { description }) },
    paths.recipe,
  );
  if (source.world.kind === 'dataset') {
    throw new UserError(`the source in ${directory} has learned from files`, {
      hint: 'a shipped source is judged wherever it is used: its world must be one that is drawn',
    });
  }
  const checkpoint = findWholeCheckpoint(stageFolder(paths, 'source'), () => {});
  if (!checkpoint || checkpoint.step < source.steps) {
    throw new UserError(
      `the source stage of ${directory} is not finished: ${checkpoint?.step ?? 0} of ${source.steps} steps`,
      { hint: `primordia resume ${directory}` },
    );
  }
  if (isOtherRecipe(paths, readJsonFile(paths.recipe) as object)) {
    throw new UserError(`${paths.recipe} is not the recipe that the run began with`, {
      hint: 'train a new run of the changed recipe',
    });
  }
  const commit = trainingCommit(readProvenance(paths.provenance), directory);
  return {
    recipe: { ...recipe, source },
    ...loadModel(checkpoint.path, MODELS),
    step: checkpoint.step,
    commit,
  };
}

const provenanceSchema = z.object({
  source: z.object({ commit: z.string(), modified: z.boolean() }).nullable(),
  resumedFrom: z.array(z.unknown()).optional(),
});

/** The commit that trained it: anybody can train it again from there. */
function trainingCommit(provenance: unknown, directory: string): string {
  const { data } = provenanceSchema.safeParse(provenance);
  if (data?.source && !data.source.modified && !data.resumedFrom) return data.source.commit;
  let why = 'a commit that is not known';
  if (data?.source?.modified) why = 'a commit whose files were changed';
  if (data?.resumedFrom) why = 'more than one commit';
  throw new UserError(`the source in ${directory} was trained by ${why}`, {
    hint: 'train it from a clean checkout: then anybody can train it again',
  });
}
