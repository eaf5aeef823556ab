// What a data set will be, settled before its first sequence is made: options, defaults, splits and shards.

import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { explainingErrors } from '../files/atomic.ts';
import type { NcaOptions } from '../worlds/nca/index.ts';
import type { DatasetFormat, FormatCodec, SequenceLayout } from './formats/codec.ts';
import { loadCodec } from './formats/load-codec.ts';
import { listManifests, type ManifestPlan, readManifest } from './manifest.ts';
import {
  type Arithmetic,
  createSequenceMaker,
  resolveSource,
  type SequenceSource,
} from './nca-sequences.ts';
import { chooseRowToken, DEFAULT_ROW, hasRowToken } from './row-token.ts';
import { type Piece, planSize } from './shard-plan.ts';
import {
  DEFAULT_SPLITS,
  fillLastShards,
  leastSequences,
  needsSplits,
  planSplits,
  requireSplits,
  type SplitShares,
} from './splits.ts';

export type GenerateOptions = {
  /** New, empty, or with a data set of the same options that is resumed. */
  readonly directory: string;
  /**
   * At least so many tokens, in whole sequences; for `llmc` up to a sequence more per split, where its last shard would
   * have only one.
   */
  readonly tokens: number;
  /** Names the sequences, and the pool of rules where there is one. By default 0. */
  readonly seed?: number;
  /** Options of the world; `ruleSeed` is the seed. */
  readonly world?: Partial<NcaOptions>;
  /** By default `DEFAULT_ARITHMETIC`. */
  readonly arithmetic?: Arithmetic;
  /** By default `bin`. */
  readonly format?: DatasetFormat;
  /**
   * Splits of the sequences, by their shares; no two have a rule in common. By default none, or `DEFAULT_SPLITS` for
   * the formats `nanogpt` and `llmc`.
   */
  readonly splits?: SplitShares;
  /**
   * Token in front of each sequence of the format `llmc`; null for none. By default GPT-2's end of text, where the
   * loader of modded-nanogpt begins documents.
   */
  readonly bos?: number | null;
  /** Tokens in a shard, at most. By default `DEFAULT_SHARD_TOKENS`, or fewer where the pieces would have no shard each. */
  readonly shardTokens?: number;
  /** Only this part of the shards. */
  readonly piece?: Piece;
  /** Threads; by default all processors. */
  readonly workers?: number;
  readonly onProgress?: (progress: GenerateProgress) => void;
  /** Fires to stop; shards that are complete stay. */
  readonly signal?: AbortSignal;
};

export const DEFAULT_SHARD_TOKENS = 16_000_000;
export const DEFAULT_ARITHMETIC: Arithmetic = 'int16';

/** How far the generation is. */
export type GenerateProgress = {
  /** Tokens there are and tokens asked for, of this piece. */
  readonly tokensDone: number;
  readonly tokens: number;
  readonly shardsDone: number;
  readonly shards: number;
  /** Of this process. */
  readonly tokensPerSecond: number;
  readonly etaSeconds: number;
};

/** What is to be made, and how. */
export type Job = {
  readonly plan: ManifestPlan;
  readonly source: SequenceSource;
  readonly layout: SequenceLayout;
  readonly codec: FormatCodec;
};

/**
 * Settles what the options leave open.
 *
 * @throws UserError for wrong options, or a world that is too large
 */
export async function planJob(options: GenerateOptions): Promise<Job> {
  const { tokens, seed = 0, arithmetic = DEFAULT_ARITHMETIC, format = 'bin' } = options;
  const extra = hasRowToken(format, options.bos);
  const world = { ...(extra && { sequenceLength: DEFAULT_ROW - 1 }), ...options.world };
  const resolved = resolveSource(seed, arithmetic, world);
  const codec = await loadCodec(format);
  const { arithmetic: _, ...worldOptions } = resolved.world.options;
  const { vocabSize, sequenceLength, firstTarget, frameLength, bounds } = resolved.world;
  codec.chooseDType(vocabSize);
  const rowToken = extra ? chooseRowToken(format, vocabSize, options.bos) : null;
  const dtype = codec.chooseDType(Math.max(vocabSize, (rowToken?.id ?? 0) + 1));
  const layout = { vocabSize, sequenceLength, firstTarget, dtype, rowToken };
  const shardTokens = chooseShardTokens(options, sequenceLength);
  const whole = planSize(tokens, sequenceLength, shardTokens);
  const shares = options.splits ?? (needsSplits(format) ? DEFAULT_SPLITS : undefined);
  if (needsSplits(format)) requireSplits(format, shares!);
  const mostRows = codec.mostRows?.(layout) ?? Number.POSITIVE_INFINITY;
  const sequencesPerShard = Math.min(whole.sequencesPerShard, mostRows);
  const limits = { least: leastSequences(format), sequenceLength };
  const shared = shares && planSplits(shares, whole.sequences, worldOptions.rules, limits);
  const splits = shared ? fillLastShards(shared, sequencesPerShard, limits) : null;
  const sequences = splits?.reduce((sum, split) => sum + split.sequences, 0) ?? whole.sequences;
  const source = { ...resolved.source, splits };
  // What a worker would refuse is refused before there is a folder.
  createSequenceMaker(source);
  const plan: ManifestPlan = {
    generator: readVersion(),
    seed,
    world: {
      kind: 'nca',
      arithmetic,
      options: worldOptions,
      bounds: bounds && { ...bounds, high: Number.isFinite(bounds.high) ? bounds.high : null },
    },
    files: format,
    dtype: layout.dtype,
    vocabSize,
    frameLength,
    firstTarget,
    sequenceLength,
    sequences,
    tokens: sequences * sequenceLength,
    sequencesPerShard,
    rowToken,
    splits,
    piece: options.piece ?? null,
  };
  return { plan, source, layout, codec };
}

function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  return `${name} ${version}`;
}

/**
 * As the data set in the folder has it, so that the same command without `--shard` joins pieces. Else a small data
 * set asked for in pieces is cut so that each piece has a shard.
 */
function chooseShardTokens(options: GenerateOptions, sequenceLength: number): number {
  const { directory, tokens, piece, shardTokens, format } = options;
  if (format === 'nanogpt') {
    if (piece || shardTokens !== undefined) {
      throw new UserError('nanogpt has one file per split, which cannot be made in parts', {
        hint: 'leave --shard and --shard-tokens out, or make another format',
      });
    }
    return Math.ceil(tokens / sequenceLength) * sequenceLength;
  }
  if (shardTokens !== undefined) return shardTokens;
  const status = explainingErrors(directory, () => statSync(directory, { throwIfNoEntry: false }));
  const isFolder = status?.isDirectory();
  const name = isFolder ? listManifests(directory)[0] : undefined;
  if (name !== undefined) {
    const { manifest } = readManifest(path.join(directory, name));
    return manifest.sequencesPerShard * sequenceLength;
  }
  const sequencesPerPiece = Math.floor(Math.ceil(tokens / sequenceLength) / (piece?.count ?? 1));
  const least = leastSequences(format ?? 'bin') * sequenceLength;
  return Math.max(least, Math.min(DEFAULT_SHARD_TOKENS, sequencesPerPiece * sequenceLength));
}
