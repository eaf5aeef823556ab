// Files of tokens that other programs wrote, and the check that they stay the same.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../core/index.ts';
import {
  checkTokenFiles,
  hashTokenFile,
  openTokenFiles,
  TOKEN_FILE_EXTENSIONS,
  type TokenFileRecord,
  type TokenFilesOptions,
} from '../../datasets/index.ts';
import { ensureDirectory } from '../../files/atomic.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/json.ts';
import { expandPattern, isPattern } from '../../text/expand-pattern.ts';
import { renderPlanes, tokenPlane } from '../../worlds/plane.ts';
import { type AnyWorld, chunkLength, type World } from '../../worlds/world.ts';
import type { DatasetRecipe } from './dataset-options.ts';
import type { SequenceSource } from './dataset-source.ts';
import { requireRecord } from './require-record.ts';

/** The file with the record of the token files that a run began with. */
export function tokenFilesRecordPath(directory: string): string {
  return path.join(directory, 'source-files.json');
}

const recordSchema = z.array(
  z.strictObject({
    file: z.string(),
    bytes: z.int().nonnegative(),
    sha256: z.string(),
    tokens: z.int().nonnegative(),
  }),
);

/**
 * Binds a folder to the token files of a run: at the start every id is checked and the hashes are noted, and later these are
 * compared.
 *
 * @returns what is in each file
 * @throws UserError if a file is missing, is damaged, holds ids outside the vocabulary, or is not as the run began
 */
export function bindTokenFiles(
  directory: string,
  recipe: DatasetRecipe,
  sequenceLength: number,
): readonly TokenFileRecord[] {
  const record = tokenFilesRecordPath(directory);
  const files = listTokenFiles(recipe.files!);
  if (!existsSync(record)) {
    const found = checkTokenFiles(files, optionsOf(recipe, sequenceLength));
    // Rows that are too short show here.
    openTokenFiles(files, optionsOf(recipe, sequenceLength)).close();
    ensureDirectory(directory, { parents: 1 });
    writeJsonAtomic(record, found);
    return found;
  }
  return requireRecordedFiles(record, files);
}

/**
 * Compares files of tokens with those that a run began with; writes nothing.
 *
 * @throws UserError if the run folder has no record of them, or a file is missing or is not as the run began
 */
export function requireBoundTokenFiles(
  directory: string,
  recipe: DatasetRecipe,
): readonly TokenFileRecord[] {
  const record = tokenFilesRecordPath(directory);
  requireRecord(record);
  return requireRecordedFiles(record, listTokenFiles(recipe.files!));
}

function requireRecordedFiles(
  record: string,
  files: readonly string[],
): readonly TokenFileRecord[] {
  const began = readRecord(record);
  const hint = `what the run began with is in ${record}: put the files back, or start a new run`;
  const names = began.map(({ file }) => file);
  const other = files.find((file) => !names.includes(file));
  if (other !== undefined) {
    throw new UserError(`${other} was not among the files that the run began with`, { hint });
  }
  for (const { file, bytes, sha256 } of began) {
    if (!files.includes(file)) throw new UserError(`${file} is no longer there`, { hint });
    const now = hashTokenFile(file);
    if (now.bytes === bytes && now.sha256 === sha256) continue;
    throw new UserError(`${file} has changed since the run began`, { hint });
  }
  return began;
}

function readRecord(file: string): readonly TokenFileRecord[] {
  const found = recordSchema.safeParse(readJsonFile(file));
  if (found.success) return found.data;
  throw new UserError(`${file} is damaged: it is not a list of files with their hashes`);
}

/** Opens the files of a recipe as sequences of this many tokens. Throws UserError if that is not possible. */
export function openTokenFilesSource(
  recipe: DatasetRecipe,
  sequenceLength: number,
): SequenceSource {
  const open = openTokenFiles(listTokenFiles(recipe.files!), optionsOf(recipe, sequenceLength));
  return {
    name: recipe.files!.join(' '),
    length: open.length,
    sequenceLength,
    read: async (first, count) => open.read(first, count),
    close: async () => open.close(),
  };
}

function optionsOf(recipe: DatasetRecipe, sequenceLength: number): TokenFilesOptions {
  const { vocabSize, dtype, field, rows } = recipe;
  return { vocabSize: vocabSize!, sequenceLength, dtype, field, rows };
}

/** The files that patterns name, in their order, each once. */
function listTokenFiles(patterns: readonly string[]): string[] {
  const files = patterns.flatMap((pattern) => {
    // A file may have a star in its name.
    if (!isPattern(pattern) || existsSync(pattern)) return [pattern];
    const found = expandPattern(pattern);
    if (found.length > 0) return found;
    const endings = TOKEN_FILE_EXTENSIONS.map((extension) => `.${extension}`).join(', ');
    throw new UserError(`no file matches ${pattern}`, { hint: `tokens lie in ${endings} files` });
  });
  return [...new Set(files)];
}

type Tokens = { readonly tokens: Int32Array };

/**
 * A world that describes sequences from files. Nothing is known about their law except that it is the same for all. The sequences
 * themselves come from the files.
 */
export function createTokenFilesWorld(recipe: DatasetRecipe, sequenceLength: number): AnyWorld {
  const width = chunkLength(sequenceLength);
  const drawing = (): never => {
    throw new Error('sequences of a data set come from its files');
  };
  const world: World<null, Tokens> = {
    name: 'dataset',
    description: `data set of ${recipe.files!.join(' ')}: ${recipe.vocabSize} token ids`,
    learnable: 'fixed',
    freshRules: false,
    vocabSize: recipe.vocabSize!,
    sequenceLength,
    frame: null,
    frameLength: width,
    firstTarget: 1,
    sample: drawing,
    rollout: drawing,
    accept: () => true,
    encode: ({ tokens }) => tokens,
    decode: (tokens) => ({ tokens: Int32Array.from(tokens) }),
    render: ({ tokens }) => renderPlanes([tokenPlane(tokens, width)]),
    planes: ({ tokens }) => [tokenPlane(tokens, width)],
  };
  return world;
}
