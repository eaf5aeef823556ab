// The contract of file formats: how blocks of sequences become the files of a shard, and how they are read back.

import { UserError } from '../../core/index.ts';
import type { HashedFile } from '../hashed-file.ts';

export const DATASET_FORMATS = [
  'bin',
  'npy',
  'nanogpt',
  'llmc',
  'megatron',
  'mds',
  'parquet',
  'jsonl',
] as const;
/**
 * - `bin`: tokens one after the other, little-endian;
 * - `npy`: the same as a flat NumPy array;
 * - `nanogpt`: a folder as nanoGPT's `train.py` reads it, uint16, one file per split;
 * - `llmc`: files of llm.c and modded-nanogpt, uint16 after a header, a token in front of each sequence;
 * - `megatron`: `.bin` and `.idx` of Megatron-LM's IndexedDataset, each sequence a document with a token at its end;
 * - `mds`: shards of MosaicML streaming with a column `tokens`;
 * - `parquet`: columns `input_ids` and `labels`, lists of int32;
 * - `jsonl`: one line per sequence, `{"input_ids":[...],"labels":[...]}`.
 */
export type DatasetFormat = (typeof DATASET_FORMATS)[number];

/** Endings of the files of a shard. */
export const FORMAT_EXTENSIONS: Readonly<Record<DatasetFormat, readonly string[]>> = {
  bin: ['bin'],
  npy: ['npy'],
  nanogpt: ['bin'],
  llmc: ['bin'],
  megatron: ['bin', 'idx'],
  mds: ['mds'],
  parquet: ['parquet'],
  jsonl: ['jsonl'],
};

/** Tokens of a sequence that a data set may have; longest contexts are some millions. */
export const MAX_SEQUENCE_LENGTH = 2 ** 24;

export const TOKEN_DTYPES = ['uint16', 'uint32', 'int32', 'json'] as const;
/** How a token lies on the disk; `json` is a decimal number. */
export type TokenDType = (typeof TOKEN_DTYPES)[number];

/** A token that a format stores with each sequence beside its own. */
export type RowToken = { readonly place: 'first' | 'last'; readonly id: number };

/** What is the same for all sequences of a data set. */
export type SequenceLayout = {
  readonly vocabSize: number;
  readonly sequenceLength: number;
  /** Targets before this position are masked, where a format has labels. */
  readonly firstTarget: number;
  readonly dtype: TokenDType;
  /** Stored with each sequence, and taken away where sequences are read; absent or null if there is none. */
  readonly rowToken?: RowToken | null;
};

/** Tokens that a sequence takes on the disk. */
export function rowLength({ sequenceLength, rowToken }: SequenceLayout): number {
  return sequenceLength + (rowToken ? 1 : 0);
}

/** A block of sequences as bytes of the file, and what the shard's end must know of it. Passes between threads. */
export type EncodedBlock = { readonly bytes: Uint8Array; readonly note?: unknown };

/** Writes one shard, block after block, in order. */
export type ShardWriter = {
  append(block: EncodedBlock): void;
  /** Writes what comes after the last block. The files are published by the caller. */
  finish(): void;
};

/** Reads one shard. */
export type ShardReader = {
  /**
   * Sequences `first .. first+count-1` of the shard, `[count * sequenceLength]`.
   *
   * @throws UserError if the file is damaged
   */
  read(first: number, count: number): Promise<Int32Array>;
  /** The labels of these sequences, where the format has them. */
  readLabels?(first: number, count: number): Promise<Int32Array>;
  close(): Promise<void>;
};

/** Opens shards of one data set, with what they share. Close it after its readers. */
export type ShardOpener = Pick<FormatCodec, 'openShard'> & { readonly close: () => void };

export type FormatCodec = {
  /** Endings of the files of a shard. */
  readonly extensions: readonly string[];
  /**
   * The dtype for ids below `ids`, row tokens included.
   *
   * @throws UserError if the format has none for them
   */
  chooseDType(ids: number): TokenDType;
  /** Sequences that a shard may have at most, where the numbers of its header bound them. */
  mostRows?(layout: SequenceLayout): number;
  /** Encodes tokens `[sequences * sequenceLength]`. A pure function; it runs in workers. */
  encodeBlock(layout: SequenceLayout, tokens: Int32Array): EncodedBlock;
  /** Begins a shard of `sequences` sequences in `files`, one an extension. */
  startShard(layout: SequenceLayout, sequences: number, files: readonly HashedFile[]): ShardWriter;
  /**
   * Opens a shard of `sequences` sequences at `paths`, one an extension.
   *
   * @throws UserError if a file is missing, truncated, or of another format or shape
   */
  openShard(
    layout: SequenceLayout,
    sequences: number,
    paths: readonly string[],
  ): Promise<ShardReader>;
  /** What opens several shards, where they share something; `openShard` is for one. */
  createOpener?(): ShardOpener;
};

/**
 * The dtype of a format whose readers know uint16 only.
 *
 * @throws UserError for more ids
 */
export function requireUint16(format: DatasetFormat, ids: number): 'uint16' {
  if (ids <= 2 ** 16) return 'uint16';
  throw new UserError(`${ids} token ids do not fit the uint16 of ${format} files`, {
    hint: 'use fewer colors, a smaller patch, or a format with wider numbers: bin, npy, mds, megatron, parquet, jsonl',
  });
}

/** The error of a shard's file that is not what the manifest says. */
export function damagedFile(file: string, problem: string, cause?: unknown): UserError {
  return new UserError(`${file}: ${problem}`, {
    hint: 'copy the file again, or remove it and make the data set again with the same command',
    cause,
  });
}

/** Label of a position whose target does not count, as Hugging Face's models have it. */
export const IGNORED_LABEL = -100;

/**
 * Labels `[sequences * sequenceLength]`, aligned with the tokens: the model shifts them. Those before `firstTarget`
 * are `IGNORED_LABEL`.
 */
export function labelTokens(layout: SequenceLayout, tokens: Int32Array): Int32Array {
  const labels = tokens.slice();
  for (let at = 0; at < labels.length; at += layout.sequenceLength) {
    labels.fill(IGNORED_LABEL, at, at + layout.firstTarget);
  }
  return labels;
}
