// Shipped sources: models that have learned a world, from which a text stage can start by name.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { VERDICTS } from '../eval/index.ts';
import { readJsonFile } from '../files/json.ts';
import { listFolder, readRegularFile } from '../files/read-file.ts';
import { readSealedJson } from '../files/sealed-json.ts';
import { listStages, parseRecipe, type Recipe, type ResolvedStage } from './recipe.ts';
import type { Registries } from './registries.ts';
import { sourcesFolder } from './sources-folder.ts';

/** The files in the folder of a shipped source. */
export const SOURCE_FILES = {
  record: 'source.json',
  weights: 'model.safetensors',
  config: 'config.json',
  recipe: 'recipe.json',
} as const;

/** Upper limit of the bytes of the weights, since everybody downloads them with the package. */
export const MAX_WEIGHTS_BYTES = 4_000_000;
const MAX_RECORD_BYTES = 2 ** 20;

/** Letters, digits, dots, dashes and underscores: never a path. */
const NAME = /^[A-Za-z0-9][\w.-]*$/;

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
const fileSchema = z.strictObject({ bytes: z.int().nonnegative(), sha256: hashSchema });

const recordSchema = z.strictObject({
  format: z.literal('primordia-source'),
  version: z.literal(1),
  name: z.string().regex(NAME),
  description: z.string(),
  /** Commit of the code that trained it. */
  commit: z.string(),
  /** Source tokens and optimizer steps that it was trained for. */
  tokens: z.int().positive(),
  steps: z.int().positive(),
  dtype: z.literal('bfloat16'),
  files: z.strictObject({
    [SOURCE_FILES.weights]: fileSchema,
    [SOURCE_FILES.config]: fileSchema,
    [SOURCE_FILES.recipe]: fileSchema,
  }),
  /** The gate of the shipped weights when the source was made. It is measured again wherever the source is used. */
  gate: z.strictObject({
    seed: z.int().nonnegative(),
    sequences: z.int().positive(),
    /** Version of the predictors that it was compared with (`PREDICTORS_VERSION`). */
    predictorsVersion: z.int().positive(),
    verdict: z.enum(VERDICTS),
    /** Nats per target. */
    loss: z.number(),
    bestBlind: z.strictObject({ name: z.string(), loss: z.number() }).nullable(),
    margin: z.strictObject({
      mean: z.number(),
      interval: z.tuple([z.number(), z.number()]).readonly().nullable(),
    }),
    share: z.number().nullable(),
  }),
});

export type SourceRecord = z.infer<typeof recordSchema>;

/** A shipped source, every byte verified. */
export type ShippedSource = SourceRecord & {
  /** Its folder, which is a model folder. */
  readonly directory: string;
  /** SHA-256 of the weights. */
  readonly sha256: string;
  readonly recipe: Recipe;
  /** The last stage of the recipe, whose model it is. */
  readonly stage: ResolvedStage;
};

/** Names of the sources that come with the package. */
export function listSources(): string[] {
  const folder = sourcesFolder();
  return existsSync(folder) ? listFolder(folder).filter(isShippedSource).sort() : [];
}

/** Whether a source of this name comes with the package. A path is never one: `./NAME` is a folder of one's own. */
export function isShippedSource(name: string): boolean {
  return NAME.test(name) && existsSync(path.join(sourcesFolder(), name, SOURCE_FILES.record));
}

/**
 * A source that comes with the package.
 *
 * @throws UserError if there is none of that name, or a file of it is not what was packed
 */
export function openShippedSource(name: string, registries: Registries): ShippedSource {
  if (isShippedSource(name)) return readSourceFolder(path.join(sourcesFolder(), name), registries);
  throw new UserError(`no source called '${name}' comes with the package`, {
    hint: describeSources(),
  });
}

/** @throws UserError for what cannot name a source */
export function requireSourceName(name: string): void {
  if (NAME.test(name)) return;
  throw new UserError(`${JSON.stringify(name)} cannot name a source`, {
    hint: 'letters, digits, dots, dashes and underscores, the first a letter or digit',
  });
}

/** The available sources, as a hint. */
export function describeSources(): string {
  const names = listSources();
  return names.length === 0
    ? 'none does; give the folder of a run'
    : `there are: ${names.join(', ')}; or give the folder of a run`;
}

/**
 * The source in a folder.
 *
 * @throws UserError if a file is missing, or not what was written
 */
function readSourceFolder(directory: string, registries: Registries): ShippedSource {
  const place = path.join(directory, SOURCE_FILES.record);
  const parsed = recordSchema.safeParse(readSealedJson(place));
  if (!parsed.success) {
    const { path: key, message } = parsed.error.issues[0]!;
    throw new UserError(`${place}: ${key.join('.') || 'the file'}: ${message}`, { hint: HINT });
  }
  const record = parsed.data;
  for (const [file, entry] of Object.entries(record.files)) {
    verifyFile(path.join(directory, file), entry);
  }
  const file = path.join(directory, SOURCE_FILES.recipe);
  const recipe = parseRecipe(readJsonFile(file, { maxBytes: MAX_RECORD_BYTES }), file, registries);
  return {
    ...record,
    directory,
    sha256: record.files[SOURCE_FILES.weights].sha256,
    recipe,
    stage: listStages(recipe).at(-1)!,
  };
}

const HINT = 'install the package again; in a clone: git checkout sources';

function verifyFile(file: string, expected: z.infer<typeof fileSchema>): void {
  const found = describeBytes(readRegularFile(file, { maxBytes: MAX_WEIGHTS_BYTES }));
  if (found.bytes === expected.bytes && found.sha256 === expected.sha256) return;
  const what =
    found.bytes === expected.bytes
      ? `its SHA-256 is ${found.sha256} instead of ${expected.sha256}`
      : `it has ${found.bytes} bytes, not ${expected.bytes}`;
  throw new UserError(`${file} is not what was packed: ${what}`, { hint: HINT });
}

/** The record of a file of a source. */
export function describeBytes(bytes: Uint8Array): z.infer<typeof fileSchema> {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
