// Reads the sequences of a data set, whatever its format, by ranges.

import path from 'node:path';
import { plural, UserError } from '../core/index.ts';
import { layoutOf } from './dataset-layout.ts';
import { damagedFile, type ShardOpener, type ShardReader } from './formats/codec.ts';
import { createShardOpener } from './formats/load-codec.ts';
import {
  type DatasetManifest,
  listManifests,
  manifestName,
  type ReadManifest,
  readManifest,
  type ShardRecord,
} from './manifest.ts';

/** A data set open for reading. Close it. */
export type TokenDataset = {
  readonly directory: string;
  readonly manifest: DatasetManifest;
  /** SHA-256 of the manifest, which holds that of every file. */
  readonly manifestSha256: string;
  /** Sequences that can be read: those of the piece, where it is one. */
  readonly length: number;
  /** How many of them, from the first on, are for training: all where there are no splits. */
  readonly trainingLength: number;
  /**
   * Sequences `first .. first+count-1`, `[count * sequenceLength]`.
   *
   * @throws UserError if a file is damaged, or holds ids that are not in the vocabulary
   */
  read(first: number, count: number): Promise<Int32Array>;
  close(): Promise<void>;
};

/** Shards that are open at a time. */
const OPEN_SHARDS = 16;

/**
 * Finds the manifest of a folder: that of the whole data set, or of the one piece that is there. Reads no other file.
 *
 * @throws UserError if there is none, it is damaged, or there are several pieces
 */
export function findManifest(directory: string): ReadManifest {
  const names = listManifests(directory);
  const name = names.includes(manifestName(null)) ? manifestName(null) : names[0];
  if (name === undefined) {
    throw new UserError(`${directory} holds no data set: it has no ${manifestName(null)}`, {
      hint: 'give a folder that "primordia nca generate" wrote',
    });
  }
  if (name !== manifestName(null) && names.length > 1) {
    throw new UserError(`${directory} holds unjoined pieces: ${names.length}`, {
      hint: 'run the command that made them again, without --shard: it joins them',
    });
  }
  return readManifest(path.join(directory, name));
}

/**
 * Opens a complete data set. Files are opened when they are read first; their sizes are checked then, their hashes
 * are not (`verifyDataset`).
 *
 * @throws UserError if there is no data set, or it is not complete
 */
export async function openDataset(directory: string): Promise<TokenDataset> {
  const { manifest, sha256 } = findManifest(directory);
  if (!manifest.complete) {
    throw new UserError(`the data set in ${directory} is not finished`, {
      hint: 'run the command that makes it again: it continues where it stopped',
    });
  }
  const { sequenceLength, vocabSize, shards } = manifest;
  const starts = shards.map(({ firstSequence }) => firstSequence - shards[0]!.firstSequence);
  const length = starts.at(-1)! + shards.at(-1)!.sequences;
  // A piece may begin or end anywhere in the splits.
  const trainingEnd = manifest.splits?.[0]?.sequences ?? Number.POSITIVE_INFINITY;
  const trainingLength = Math.min(length, Math.max(0, trainingEnd - shards[0]!.firstSequence));
  const opener = await createShardOpener(manifest.files);
  const open = new Map<number, Promise<ShardReader>>();

  async function openCached(index: number): Promise<ShardReader> {
    const reader = open.get(index) ?? openShardOf(opener, directory, manifest, shards[index]!);
    open.delete(index);
    open.set(index, reader);
    if (open.size > OPEN_SHARDS) {
      const [oldest, closing] = open.entries().next().value!;
      open.delete(oldest);
      await (await closing).close();
    }
    return reader;
  }

  return {
    directory,
    manifest,
    manifestSha256: sha256,
    length,
    trainingLength,
    read: async (first, count) => {
      if (!(Number.isSafeInteger(first) && first >= 0 && count >= 0 && first + count <= length)) {
        throw new UserError(`${directory} has ${plural(length, 'sequence')}, not ${first + count}`);
      }
      const out = new Int32Array(count * sequenceLength);
      for (const [index, start] of starts.entries()) {
        const begin = Math.max(first, start);
        const end = Math.min(first + count, start + shards[index]!.sequences);
        if (begin >= end) continue;
        const reader = await openCached(index);
        const tokens = await reader.read(begin - start, end - begin);
        const outside = tokens.findIndex((token) => token < 0 || token >= vocabSize);
        if (outside >= 0) {
          const place = begin - start + Math.floor(outside / sequenceLength);
          throw damagedFile(
            path.join(directory, shards[index]!.files[0]!.name),
            `its sequence ${place} has token ${tokens[outside]}, outside the ${vocabSize} ids`,
          );
        }
        out.set(tokens, (begin - first) * sequenceLength);
      }
      return out;
    },
    close: async () => {
      const readers = await Promise.allSettled(open.values());
      for (const reader of readers) if (reader.status === 'fulfilled') await reader.value.close();
      open.clear();
      opener.close();
    },
  };
}

/** @throws UserError if a file is missing, truncated, or of another format or shape */
export async function openShardOf(
  opener: ShardOpener,
  directory: string,
  manifest: DatasetManifest,
  shard: ShardRecord,
): Promise<ShardReader> {
  const paths = shard.files.map(({ name }) => path.join(directory, name));
  return opener.openShard(layoutOf(manifest), shard.sequences, paths);
}
