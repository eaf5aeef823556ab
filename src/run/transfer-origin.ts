// What a text stage begins with: the model of a folder, or a source that comes with the package.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { nearestName, UserError } from '../core/index.ts';
import { readSealedJson, writeSealedJson } from '../files/sealed-json.ts';
import { hashFile } from './checkpoint.ts';
import { requireInitialGate } from './gate-record.ts';
import { findJudgedModel, findModelFolder } from './model-folder.ts';
import { listWeightFiles } from './model-weights.ts';
import type { Recipe } from './recipe.ts';
import {
  describeSources,
  isShippedSource,
  listSources,
  openShippedSource,
  type ShippedSource,
} from './shipped-source.ts';

export type TransferOrigin = {
  /** Folder of the model. */
  readonly folder: string;
  /** Null where the folder is one of the user's. */
  readonly shipped: ShippedSource | null;
};

/**
 * Where the model is that `transfer.from` names. A name of a shipped source is that source, whatever lies in the working folder:
 * a recipe means the same everywhere. `./NAME` is a folder.
 *
 * @throws UserError when there is no such model, or it is damaged; where the gate of a folder's source found less than is
 *   required (a shipped source is judged when the run begins)
 */
export function findTransferOrigin(from: string, required: Recipe['requireGate']): TransferOrigin {
  if (isShippedSource(from)) {
    const shipped = openShippedSource(from);
    return { folder: shipped.directory, shipped };
  }
  if (!existsSync(from) && !/[/\\]/.test(from)) {
    const near = nearestName(from, listSources());
    throw new UserError(`transfer.from: there is no folder '${from}', nor a shipped source`, {
      hint: near ? `did you mean '${near}'?` : describeSources(),
    });
  }
  if (required === undefined) return { folder: findModelFolder(from), shipped: null };
  requireInitialGate(from, required);
  return { folder: findJudgedModel(from), shipped: null };
}

const recordSchema = z.strictObject({
  /** SHA-256 of the weights. */
  weights: z.string(),
  /** Of a shipped source. */
  source: z
    .strictObject({
      name: z.string(),
      description: z.string(),
      commit: z.string().nullable(),
      tokens: z.number(),
      steps: z.number(),
      recipe: z.unknown(),
    })
    .nullable(),
});

/** What a run folder notes of the model that it began with; reports need no other folder. */
export type TransferRecord = z.infer<typeof recordSchema>;

export function transferRecordPath(directory: string): string {
  return path.join(directory, 'transfer.json');
}

/** @throws UserError where the file is damaged */
export function readTransferRecord(directory: string): TransferRecord | null {
  const file = transferRecordPath(directory);
  if (!existsSync(file)) return null;
  const parsed = recordSchema.safeParse(readSealedJson(file));
  if (parsed.success) return parsed.data;
  const { path: key, message } = parsed.error.issues[0]!;
  throw new UserError(`${file}: ${key.join('.') || 'the file'}: ${message}`, {
    hint: 'restore the file from a copy',
  });
}

/**
 * Notes which weights a run begins with, or makes sure that they are the same: the other run may have trained on
 * meanwhile, or another version of the package been installed.
 *
 * @throws UserError when they are not those that the run began with
 */
export function bindTransfer(
  directory: string,
  from: string,
  { folder, shipped }: TransferOrigin,
): TransferRecord {
  const weights = shipped?.sha256 ?? hashWeights(folder);
  const before = readTransferRecord(directory);
  if (before !== null) {
    if (before.weights === weights) return before;
    throw new UserError(`${from} holds other weights than the run in ${directory} began with`, {
      hint: 'begin a new run: this one has saved no step of its text stage',
    });
  }
  const record: TransferRecord = {
    weights,
    source: shipped && {
      name: shipped.name,
      description: shipped.description,
      commit: shipped.commit,
      tokens: shipped.tokens,
      steps: shipped.steps,
      recipe: shipped.recipe,
    },
  };
  writeSealedJson(transferRecordPath(directory), record);
  return record;
}

/** Of the file, or where there are several, of their hashes. */
function hashWeights(folder: string): string {
  const hashes = listWeightFiles(folder).map(hashFile);
  if (hashes.length === 1) return hashes[0]!;
  return createHash('sha256').update(hashes.join('\n')).digest('hex');
}
