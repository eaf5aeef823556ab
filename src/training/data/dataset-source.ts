// A data set on disk: which of its sequences per step trains on, and that it stays the same.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { foldIn, type Key, plural, UserError } from '../../core/index.ts';
import {
  type DatasetManifest,
  findManifest,
  openDataset,
  readManifest,
} from '../../datasets/index.ts';
import { ensureDirectory, writeFileAtomic } from '../../files/atomic.ts';
import { permuteIndex } from '../../text/index.ts';
import { createNcaWorld } from '../../worlds/nca/index.ts';
import type { AnyWorld } from '../../worlds/world.ts';
import { requireRecord } from './require-record.ts';

/** Where a folder keeps the manifest of the data set that a run trains on, byte for byte. */
export function datasetRecordPath(directory: string): string {
  return path.join(directory, 'source-manifest.json');
}

/**
 * Binds a folder to a data set: at the start of a run its manifest is copied there, and later it is compared.
 *
 * @throws UserError if there is no complete data set, its sequences are shorter than `sequenceLength`, or its
 *   manifest is another one than the run began with
 */
export function bindDataset(directory: string, dataset: string, sequenceLength: number): void {
  const { file, manifest, sha256 } = findManifest(dataset);
  if (!manifest.complete) throw unfinished(dataset);
  checkLength(manifest, dataset, sequenceLength);
  const record = datasetRecordPath(directory);
  if (existsSync(record)) {
    requireManifest(record, dataset, sha256);
    return;
  }
  ensureDirectory(directory, { parents: 1 });
  writeFileAtomic(record, readFileSync(file));
}

/**
 * Compares a data set with the one that a run began with; writes nothing.
 *
 * @throws UserError like `bindDataset`, and when the run folder has no copy of the manifest
 */
export function requireBoundDataset(
  directory: string,
  dataset: string,
  sequenceLength: number,
): void {
  const record = datasetRecordPath(directory);
  requireRecord(record);
  const { manifest, sha256 } = findManifest(dataset);
  if (!manifest.complete) throw unfinished(dataset);
  checkLength(manifest, dataset, sequenceLength);
  requireManifest(record, dataset, sha256);
}

function requireManifest(record: string, dataset: string, sha256: string): void {
  if (readManifest(record).sha256 === sha256) return;
  throw new UserError(`${dataset} is not the data set that the run began with`, {
    hint: `the manifest of that one is ${record}; put it back, or start a new run`,
  });
}

function unfinished(dataset: string): UserError {
  return new UserError(`the data set in ${dataset} is not finished`, {
    hint: 'run the command that makes it again: it continues where it stopped',
  });
}

/** A sequence has one token more than the context, the last target. */
function checkLength(manifest: DatasetManifest, dataset: string, sequenceLength: number): void {
  if (manifest.sequenceLength >= sequenceLength) return;
  throw new UserError(
    `the sequences of ${dataset} have ${manifest.sequenceLength} tokens; ` +
      `a context of ${sequenceLength - 1} needs ${sequenceLength}`,
    {
      hint:
        `set contextLength to ${manifest.sequenceLength - 1} or less, ` +
        `or make the data set with --seq-len ${sequenceLength}`,
    },
  );
}

/**
 * The world whose sequences a data set holds, cut to `sequenceLength` tokens. It describes, decodes and renders them;
 * they themselves come from the files.
 *
 * @param record the run folder's copy of the manifest, which is used where there is one
 * @throws UserError if there is neither copy nor data set, or its sequences are shorter
 */
export function createDatasetWorld(
  dataset: string,
  sequenceLength: number,
  record?: string,
): AnyWorld {
  const { manifest } = record && existsSync(record) ? readManifest(record) : findManifest(dataset);
  checkLength(manifest, dataset, sequenceLength);
  const { options, bounds } = manifest.world;
  const world = createNcaWorld({
    ...options,
    sequenceLength,
    // Resolved already: percentiles would have to be measured again.
    band: bounds
      ? { kind: 'absolute', low: bounds.low, high: bounds.high ?? Number.MAX_VALUE }
      : { kind: 'none' },
  });
  return { ...world, description: `data set of ${world.description}` };
}

/** Sequences in files. Close it. */
export type SequenceSource = {
  /** For messages. */
  readonly name: string;
  /** Sequences that there are. */
  readonly length: number;
  /** How many of them, from the first on, are for training; by default all. */
  readonly trainingLength?: number;
  /** Tokens of a stored sequence. */
  readonly sequenceLength: number;
  /** Sequences `first .. first+count-1`, `[count * sequenceLength]`. */
  read(first: number, count: number): Promise<Int32Array>;
  close(): Promise<void>;
};

/** Opens a data set that `primordia nca generate` wrote. */
export async function openDatasetSource(dataset: string): Promise<SequenceSource> {
  const open = await openDataset(dataset);
  return { ...open, name: dataset, sequenceLength: open.manifest.sequenceLength };
}

/** Sequences of a data set in the order of training, and those set aside. */
type DatasetSequences = {
  /** Sequences to train on. */
  readonly trainingCount: number;
  /**
   * Sequences `first .. first+count-1` of the training, which goes through the training sequences in epochs, each in a
   * random order of its own: a pure function of the key and `first`.
   */
  readonly train: (first: number, count: number) => Promise<Int32Array[]>;
  /** The sequences after those, which are never trained on: the last of the data set, or the first of its next split. */
  readonly heldOut: () => Promise<Int32Array[]>;
  readonly close: () => Promise<void>;
};

/**
 * Takes over a data set for training, and closes it in the end. The last `heldOutCount` sequences, or the first ones after its
 * training split, are held out. The others are trained on, more than once if the steps need more than there are.
 *
 * @throws UserError if fewer than `leastTraining` sequences are left to train on
 */
export async function takeSequences(
  source: SequenceSource,
  key: Key,
  options: {
    readonly sequenceLength: number;
    readonly heldOutCount: number;
    readonly leastTraining: number;
  },
): Promise<DatasetSequences> {
  const { sequenceLength, heldOutCount, leastTraining } = options;
  const { length, trainingLength = length } = source;
  const trainingCount = Math.min(trainingLength, length - heldOutCount);
  if (trainingCount < leastTraining) {
    await source.close();
    throw new UserError(
      `the data set in ${source.name} is too small: of its ${plural(source.length, 'sequence')} ${heldOutCount} are held out, ` +
        `and a step trains on ${leastTraining}`,
      { hint: 'make a larger one, or lower heldOutSequences or batchSize' },
    );
  }
  const stored = source.sequenceLength;
  const readMany = async (first: number, count: number) => {
    const tokens = await source.read(first, count);
    return Array.from({ length: count }, (_, i) =>
      tokens.slice(i * stored, i * stored + sequenceLength),
    );
  };
  const indexOf = (position: number) => {
    const epoch = Math.floor(position / trainingCount);
    return permuteIndex(foldIn(key, epoch), position % trainingCount, trainingCount);
  };
  return {
    trainingCount,
    train: async (first, count) => {
      const sequences: Int32Array[] = [];
      for (let i = 0; i < count; i++) sequences.push(...(await readMany(indexOf(first + i), 1)));
      return sequences;
    },
    heldOut: () => readMany(trainingCount, heldOutCount),
    close: () => source.close(),
  };
}
