// The index of a checkpoint in several files: which file has which tensor. It is trusted only if the files agree.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { parseJson } from '../files/json.ts';
import { readRegularText } from '../files/read-file.ts';
import { findRepeatedKey } from '../files/repeated-key.ts';
import { readSafetensorsHeader, type SafetensorsEntry } from '../files/safetensors.ts';
import { quoteTensor } from '../nn/index.ts';

/** A Llama of 512 layers has 8,000 tensors, whose index has one megabyte. */
const MAX_INDEX_BYTES = 2 ** 22;
const MAX_SHARDS = 10_000;

const indexSchema = z.looseObject({
  metadata: z.looseObject({ total_size: z.number().optional() }).optional(),
  weight_map: z.record(z.string(), z.string()),
});

export type Shard = {
  readonly file: string;
  /** The tensors in it; all are named by the index. */
  readonly entries: readonly SafetensorsEntry[];
};

/**
 * The files of a checkpoint, in order of their names, from its `model.safetensors.index.json`. Their headers are read,
 * their data is not.
 *
 * @throws UserError if the index names files outside its folder, or index and files do not say the same
 */
export function readShardIndex(indexFile: string): Shard[] {
  const { weightMap, totalSize } = parseIndex(indexFile);
  const names = [...new Set(weightMap.values())].sort();
  if (names.length > MAX_SHARDS) {
    throw damaged(`${indexFile} names ${names.length} files, more than ${MAX_SHARDS}`);
  }
  for (const name of names) requireFileName(name, indexFile);
  const folder = path.dirname(indexFile);
  const shards = names.map((name) => {
    const file = path.join(folder, name);
    if (!existsSync(file)) throw damaged(`${indexFile} names ${name}, which is not in its folder`);
    const { entries } = readSafetensorsHeader(file);
    for (const entry of entries) requireAgreement(entry.name, name, weightMap, indexFile);
    return { file, entries };
  });
  const found = new Set(shards.flatMap(({ entries }) => entries.map(({ name }) => name)));
  const missing = [...weightMap].find(([name]) => !found.has(name));
  if (missing) {
    throw damaged(
      `${indexFile} puts the tensor ${quoteTensor(missing[0])} in ${missing[1]}, which has none of that name`,
    );
  }
  const bytes = shards
    .flatMap(({ entries }) => entries)
    .reduce((sum, { begin, end }) => sum + end - begin, 0);
  if (totalSize !== undefined && totalSize !== bytes) {
    throw damaged(`${indexFile} says total_size ${totalSize}, the tensors have ${bytes} bytes`);
  }
  return shards;
}

function parseIndex(file: string): {
  readonly weightMap: ReadonlyMap<string, string>;
  readonly totalSize: number | undefined;
} {
  const text = readRegularText(file, { maxBytes: MAX_INDEX_BYTES });
  const parsed = indexSchema.safeParse(parseJson(text, file));
  if (!parsed.success) {
    const { path: place, message } = parsed.error.issues[0]!;
    const where = place.length > 0 ? `${quoteTensor(place.join('.'))}: ` : '';
    throw damaged(`${file} is not an index of tensors: ${where}${message}`);
  }
  const repeated = findRepeatedKey(text);
  if (repeated !== undefined) throw damaged(`${file} names ${quoteTensor(repeated)} twice`);
  const { weight_map: weightMap, metadata } = parsed.data;
  const entries = Object.entries(weightMap);
  if (entries.length === 0) throw damaged(`${file} names no tensor`);
  return { weightMap: new Map(entries), totalSize: metadata?.total_size };
}

/** Only a plain name cannot lead out of the folder, on any system. */
function requireFileName(name: string, indexFile: string): void {
  if (/^\w[\w.+@-]{0,200}\.safetensors$/.test(name)) return;
  throw damaged(
    `${indexFile} names the file ${quoteTensor(name)}, which is not a plain name of a .safetensors file`,
  );
}

function requireAgreement(
  tensor: string,
  shard: string,
  weightMap: ReadonlyMap<string, string>,
  indexFile: string,
): void {
  const place = weightMap.get(tensor);
  if (place === shard) return;
  const where = place === undefined ? 'does not name' : `puts in ${place}`;
  throw damaged(`${shard} has the tensor ${quoteTensor(tensor)}, which ${indexFile} ${where}`);
}

function damaged(message: string): UserError {
  return new UserError(message, {
    hint: 'index and files are damaged or belong to different checkpoints: download them again, together',
  });
}
