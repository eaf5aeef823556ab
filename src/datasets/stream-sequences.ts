// Sequences as a stream of bytes, made on all cores no faster than they are taken.

import { availableParallelism } from 'node:os';
import { UserError } from '../core/index.ts';
import type { TokenDType } from './formats/codec.ts';
import { loadCodec } from './formats/load-codec.ts';
import { resolveSource } from './nca-sequences.ts';
import { DEFAULT_ARITHMETIC, type GenerateOptions } from './plan-dataset.ts';
import { planBlocks, planSize } from './shard-plan.ts';
import { checkWorkers, makeBlocks } from './worker-pool.ts';

/** Formats without a beginning or an end. */
export const STREAM_FORMATS = ['bin', 'jsonl'] as const;
export type StreamFormat = (typeof STREAM_FORMATS)[number];

export type StreamOptions = Pick<
  GenerateOptions,
  'tokens' | 'seed' | 'world' | 'arithmetic' | 'workers' | 'signal'
> & {
  /** By default `bin`. */
  readonly format?: StreamFormat;
};

/** What a stream consists of. */
export type StreamLayout = {
  readonly dtype: TokenDType;
  readonly vocabSize: number;
  readonly sequenceLength: number;
  /** In all. */
  readonly sequences: number;
};

/** Blocks are planned so many at a time, so that a stream without an end takes no memory. */
const PLANNED_SEQUENCES = 2 ** 20;

/**
 * The bytes of the sequences that `generateDataset` writes with the same options, one piece after the other. At most
 * a few pieces per thread are made before they are asked for.
 *
 * @throws UserError for wrong options; the signal's reason when it fires
 */
export async function openSequenceStream(options: StreamOptions): Promise<{
  readonly layout: StreamLayout;
  readonly pieces: AsyncIterable<Uint8Array>;
}> {
  const { tokens, seed = 0, arithmetic = DEFAULT_ARITHMETIC, format = 'bin' } = options;
  const { workers = availableParallelism() } = options;
  checkWorkers(workers);
  if (!STREAM_FORMATS.includes(format)) {
    throw new UserError(`${format} files cannot be written as a stream`, {
      hint: `use --format ${STREAM_FORMATS.join(' or ')}, or write to a folder`,
    });
  }
  const { source, world } = resolveSource(seed, arithmetic, options.world ?? {});
  const codec = await loadCodec(format);
  const { vocabSize, sequenceLength, firstTarget } = world;
  const dtype = codec.chooseDType(vocabSize);
  const { sequences } = planSize(tokens, sequenceLength, tokens);
  const setup = { source, format, layout: { vocabSize, sequenceLength, firstTarget, dtype } };

  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let first = 0; first < sequences; first += PLANNED_SEQUENCES) {
      const count = Math.min(PLANNED_SEQUENCES, sequences - first);
      const ranges = planBlocks({ first, count }, sequenceLength);
      for await (const { block } of makeBlocks(setup, ranges, workers, options.signal)) {
        yield block.bytes;
      }
    }
  }
  return { layout: { dtype, vocabSize, sequenceLength, sequences }, pieces: pieces() };
}
