// Which sequences go into which shard and which block: pure arithmetic, the same for every run and piece.

import { plural, UserError } from '../core/index.ts';
import type { Split, SplitName } from './splits.ts';

/** The extent of a data set. */
type DatasetSize = {
  readonly sequenceLength: number;
  readonly sequences: number;
  /** Sequences in a shard, the last one, or the last of a split, perhaps fewer. */
  readonly sequencesPerShard: number;
  /** Runs of sequences that have shards of their own; null or absent if there are none. */
  readonly splits?: readonly Split[] | null;
};

/** One of `count` parts of a data set, `index` from 1 on, that are made apart. */
export type Piece = { readonly index: number; readonly count: number };

/** A range of sequences of the whole data set. */
export type SequenceRange = { readonly first: number; readonly count: number };

export type PlannedShard = SequenceRange & {
  /** Its number in the whole data set. */
  readonly shard: number;
  /** The split that it belongs to, and its number there. */
  readonly split: SplitName | null;
  readonly index: number;
};

/** Shards beyond this number would not fit the digits of their names. */
export const MOST_SHARDS = 100_000;
/** Tokens in a block: a message between threads, a row group of Parquet. */
const BLOCK_TOKENS = 2 ** 17;

/**
 * The size of a data set of at least `tokens` tokens in whole sequences, and of shards of at most `shardTokens`, but
 * one sequence at least.
 *
 * @throws UserError if there would be too many shards
 */
export function planSize(tokens: number, sequenceLength: number, shardTokens: number): DatasetSize {
  for (const [name, value] of Object.entries({ tokens, 'shard tokens': shardTokens })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new UserError(`${name}: ${value} is not a whole number of at least 1`);
  }
  const sequences = Math.ceil(tokens / sequenceLength);
  const sequencesPerShard = Math.max(1, Math.floor(shardTokens / sequenceLength));
  const size = { sequenceLength, sequences, sequencesPerShard };
  if (countShards(size) > MOST_SHARDS) {
    throw new UserError(`${tokens} tokens make ${countShards(size)} shards of ${shardTokens}`, {
      hint: `at most ${MOST_SHARDS} are possible: take larger shards`,
    });
  }
  return size;
}

/** Number of shards in the whole data set. */
export function countShards(size: DatasetSize): number {
  return listRuns(size).reduce((sum, { shards }) => sum + shards, 0);
}

/** The splits, or the whole as the only one, with the number of their shards. */
function listRuns({ sequences, sequencesPerShard, splits }: DatasetSize) {
  return (splits ?? [{ name: null, sequences }]).map((run) => ({
    ...run,
    shards: Math.ceil(run.sequences / sequencesPerShard),
  }));
}

/** Shard number `shard` of the whole data set. */
function shardAt(size: DatasetSize, shard: number): PlannedShard {
  let index = shard;
  let start = 0;
  for (const { name, sequences, shards } of listRuns(size)) {
    if (index < shards) {
      const first = index * size.sequencesPerShard;
      const count = Math.min(size.sequencesPerShard, sequences - first);
      return { shard, first: start + first, count, split: name, index };
    }
    index -= shards;
    start += sequences;
  }
  throw new RangeError(`there is no shard ${shard}`);
}

/**
 * The shards of the whole data set, or of a piece of it: piece i of n is the i-th of n contiguous runs of shards, of
 * equal length except for rounding. The pieces together are the whole, file by file.
 *
 * @throws UserError for a piece that does not exist, or would be empty, and for more than 100,000 shards
 */
export function planShards(size: DatasetSize, piece: Piece | null): PlannedShard[] {
  const shards = countShards(size);
  if (!(shards <= MOST_SHARDS)) {
    throw new UserError(
      `${shards.toLocaleString('en-US')} shards are more than ${MOST_SHARDS.toLocaleString('en-US')}`,
    );
  }
  const { index, count } = piece ?? { index: 1, count: 1 };
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(index) || index < 1 || index > count) {
    throw new UserError(`there is no piece ${index} of ${count}`, {
      hint: `pieces are numbered from 1: 1/${count} to ${count}/${count}`,
    });
  }
  if (count > shards) {
    const tokens = Math.floor(size.sequences / count) * size.sequenceLength;
    throw new UserError(
      `the data set has ${plural(shards, 'shard')}, too few for ${count} pieces`,
      {
        hint:
          tokens > 0
            ? `take fewer pieces, or smaller shards (--shard-tokens ${tokens}), the same for every piece`
            : `take fewer pieces: it has ${plural(size.sequences, 'sequence')}`,
      },
    );
  }
  const begin = Math.floor(((index - 1) * shards) / count);
  const end = Math.floor((index * shards) / count);
  return Array.from({ length: end - begin }, (_, i) => shardAt(size, begin + i));
}

/** The blocks of a range, in order. */
export function planBlocks(range: SequenceRange, sequenceLength: number): SequenceRange[] {
  const perBlock = Math.max(1, Math.floor(BLOCK_TOKENS / sequenceLength));
  return Array.from({ length: Math.ceil(range.count / perBlock) }, (_, i) => ({
    first: range.first + i * perBlock,
    count: Math.min(perBlock, range.count - i * perBlock),
  }));
}
