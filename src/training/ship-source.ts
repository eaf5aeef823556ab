// Makes a shipped source from the run that trained it.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { ensureDirectory, writeDirectoryAtomic, writeFileDurably } from '../files/atomic.ts';
import { formatJson, readJsonFile } from '../files/json.ts';
import { decodeSafetensors, encodeSafetensors } from '../files/safetensors.ts';
import { formatSealedJson } from '../files/sealed-json.ts';
import { modelConfigText, namedTensors } from '../nn/index.ts';
import { loadModel } from '../run/model-files.ts';
import { readProvenance } from '../run/provenance.ts';
import { runPaths } from '../run/run-folder.ts';
import { isOtherRecipe } from '../run/run-life.ts';
import type { Device } from '../tensor/index.ts';
import { judgeModel, openJudgedData } from './judge.ts';
import { readRecipe } from './read-recipe.ts';
import { listStages, parseRecipe } from './recipe.ts';
import type { Registries } from './registries.ts';
import {
  describeBytes,
  MAX_WEIGHTS_BYTES,
  openShippedSource,
  requireSourceName,
  type ShippedSource,
  SOURCE_FILES,
  type SourceRecord,
} from './shipped-source.ts';
import { sourcesFolder } from './sources-folder.ts';
import { findStageModel } from './stage-models.ts';

export type ShipOptions = {
  readonly name: string;
  /** A sentence about what it has learned; by default that of the run's recipe. */
  readonly description?: string | undefined;
  readonly registries: Registries;
  /** Judges it. */
  readonly device: Device;
};

/**
 * Writes `sources/NAME` from a run whose source stage is finished: weights as bfloat16, configuration, recipe, and the record with
 * hashes and the gate of the weights as they were rounded. Nothing is written unless that is `dynamics`.
 *
 * @throws UserError for a run without a finished source stage, a world whose sequences come from files, weights beyond 4 MB, a
 *   source that has not learned dynamics, a name that is taken, or a run of modified code
 */
export async function shipSource(directory: string, options: ShipOptions): Promise<ShippedSource> {
  const { name, device, registries } = options;
  requireSourceName(name);
  const target = path.join(sourcesFolder(), name);
  if (existsSync(target)) {
    throw new UserError(`${target} exists`, { hint: 'remove it first, or choose another name' });
  }
  const { recipe, stage, commit, params, model, description } = readTrained(directory, options);
  // Half the bytes of float32. The gate below judges the rounded weights.
  const weights = encodeSafetensors(namedTensors(params), undefined, { float32As: 'BF16' });
  if (weights.length > MAX_WEIGHTS_BYTES) {
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
    throw new UserError(
      `the weights take ${megabytes(weights.length)} MB as bfloat16; a shipped source has ${megabytes(MAX_WEIGHTS_BYTES)} at most`,
      { hint: 'train a smaller model' },
    );
  }
  const { tensors } = decodeSafetensors(weights, name);
  const data = await openJudgedData(recipe, stage, { registries });
  const { gate } = await judgeModel(device, data, model, tensors).finally(() => data.close());
  if (gate.verdict !== 'dynamics') {
    throw new UserError(
      `the source in ${directory} has learned ${gate.verdict}, not dynamics: ${gate.reasons.join(' ')}`,
      { hint: 'train it for longer, or in another world' },
    );
  }
  const encode = (text: string) => new TextEncoder().encode(text);
  const contents = {
    [SOURCE_FILES.weights]: weights,
    [SOURCE_FILES.config]: encode(modelConfigText(registries.models, description)),
    [SOURCE_FILES.recipe]: encode(formatJson(recipe)),
  };
  const { seed, description: text } = recipe;
  const { batchSize, contextLength } = data;
  const { predictorsVersion, verdict, loss, bestBlind, margin, share } = gate;
  const record: SourceRecord = {
    format: 'primordia-source',
    version: 1,
    name,
    description: text,
    commit,
    tokens: stage.steps * batchSize * contextLength,
    steps: stage.steps,
    dtype: 'bfloat16',
    files: {
      [SOURCE_FILES.weights]: describeBytes(contents[SOURCE_FILES.weights]),
      [SOURCE_FILES.config]: describeBytes(contents[SOURCE_FILES.config]),
      [SOURCE_FILES.recipe]: describeBytes(contents[SOURCE_FILES.recipe]),
    },
    gate: {
      seed,
      sequences: data.gate!.heldOutSequences.length,
      predictorsVersion,
      verdict,
      loss,
      bestBlind,
      margin,
      share,
    },
  };
  ensureDirectory(sourcesFolder());
  writeDirectoryAtomic(target, (temporary) => {
    for (const [file, bytes] of Object.entries(contents)) {
      writeFileDurably(path.join(temporary, file), bytes);
    }
    writeFileDurably(path.join(temporary, SOURCE_FILES.record), formatSealedJson(record));
  });
  return openShippedSource(name, registries);
}

/** The model of a finished run of one stage on a world that is drawn. */
function readTrained(directory: string, { name, description, registries }: ShipOptions) {
  const paths = runPaths(directory);
  const { engine: _, ...rest } = readRecipe(paths, registries);
  const recipe = parseRecipe(
    { ...rest, name, ...(description === undefined ? {} : { description }) },
    paths.recipe,
    registries,
  );
  const [stage, ...others] = listStages(recipe);
  if (!stage || others.length > 0) {
    throw new UserError(`${directory} has more than one stage`, {
      hint: 'a shipped source is the model of a run of one stage',
    });
  }
  if (!Object.hasOwn(registries.worlds, stage.data.kind)) {
    throw new UserError(`the source in ${directory} has learned from files`, {
      hint: 'a shipped source is judged wherever it is used: its data must be generated by a world',
    });
  }
  const found = findStageModel(directory, registries);
  if (!found?.artifacts) {
    throw new UserError(`stage '${stage.name}' of ${directory} is not finished`, {
      hint: `primordia resume ${directory}`,
    });
  }
  if (isOtherRecipe(paths, readJsonFile(paths.recipe) as object)) {
    throw new UserError(`${paths.recipe} is not the recipe that the run began with`, {
      hint: 'train a new run of the changed recipe',
    });
  }
  const commit = trainingCommit(readProvenance(paths.provenance), directory);
  return { recipe, stage, commit, ...loadModel(found.folder, registries.models) };
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
  throw new UserError(`the source in ${directory} was trained from ${why}`, {
    hint: 'train it from a clean checkout, so that anybody can reproduce it',
  });
}
