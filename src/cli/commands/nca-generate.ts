// `primordia nca generate`: a data set of NCA sequences for any trainer.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { plural, UserError } from '../../core/index.ts';
import {
  ARITHMETICS,
  type Arithmetic,
  DATASET_FORMATS,
  type DatasetFormat,
  DEFAULT_ARITHMETIC,
  DEFAULT_SHARD_TOKENS,
  type GenerateResult,
  GenerationStopped,
  generateDataset,
  type Piece,
  type SplitShares,
} from '../../datasets/index.ts';
import {
  addCommonOptions,
  type CommonOptions,
  parseCount,
  parseInteger,
} from '../common-options.ts';
import { formatSeconds } from '../format-seconds.ts';
import { withInterrupt } from '../interrupt.ts';
import { addNcaOptions, type NcaFlags, readNcaOptions } from '../nca-options.ts';
import { describeNext } from '../next-commands.ts';
import { createOutput } from '../output.ts';
import { parseSplit } from '../parse-split.ts';
import { createShardProgress } from '../progress/shard-progress.ts';
import { streamSequences } from '../stream-sequences.ts';

type GenerateFlags = CommonOptions &
  NcaFlags & {
    readonly tokens?: number;
    readonly out: string;
    readonly seed: number;
    readonly rules: 'fresh' | number;
    readonly format: DatasetFormat;
    readonly split?: { readonly shares: SplitShares; readonly tokens: number | null };
    readonly bos?: number | 'none';
    readonly shardTokens?: number;
    readonly shard?: Piece;
    readonly workers?: number;
    readonly arithmetic: Arithmetic;
  };

export function addNcaGenerate(nca: Command, exit: (code: number) => void): void {
  const generate = nca
    .command('generate')
    .description('write a data set of NCA sequences, on all cores')
    .option('--tokens <n>', 'tokens to write, in whole sequences; k, M and G are units', parseCount)
    .requiredOption('--out <dir>', 'folder to write; "-" is standard output, for bin and jsonl')
    .option('--seed <n>', 'random seed of the sequences', parseInteger, 0)
    .option(
      '--rules <fresh|n>',
      'a new rule for each sequence, or a pool of n rules',
      parseRules,
      'fresh' as const,
    )
    .addOption(
      new Option('--format <name>', 'format of the files').choices(DATASET_FORMATS).default('bin'),
    )
    .option(
      '--split <names>',
      'train=0.95,validation=0.05: shares, or counts of tokens in place of --tokens; no rule is in two splits ' +
        '(default: 0.99 and 0.01 for nanogpt and llmc)',
      parseSplit,
    )
    .option(
      '--bos <id|none>',
      'token before each sequence of llmc (default: 50256, with which modded-nanogpt begins documents)',
      parseBos,
    )
    .option(
      '--shard-tokens <n>',
      `largest number of tokens per file (default: ${formatTokens(DEFAULT_SHARD_TOKENS)}, or a file per piece)`,
      parseCount,
    )
    .option(
      '--shard <i/n>',
      'only piece i of n, to be joined by copying the folders into one',
      parsePiece,
    )
    .option('--workers <n>', 'threads (default: one per processor)', parseCount)
    .addOption(
      new Option('--arithmetic <name>', 'number format of simulations; int16 is faster')
        .choices(ARITHMETICS)
        .default(DEFAULT_ARITHMETIC),
    );
  addNcaOptions(generate).addHelpText('after', HELP);
  addCommonOptions(generate).action(async (flags: GenerateFlags) => {
    exit(await runGenerate(flags));
  });
}

const HELP = `
Formats:
  bin       tokens as uint16 (uint32 if the vocabulary needs it), one after the other
  npy       the same as a flat NumPy array
  nanogpt   train.bin, val.bin, meta.pkl and a configuration for nanoGPT's train.py
  llmc      nca_train_*.bin and nca_val_*.bin for llm.c and modded-nanogpt
  megatron  .bin and .idx of Megatron-LM; each sequence ends with an end-of-document id of its own
  mds       shards and index.json of MosaicML streaming
  parquet   columns input_ids and labels, for Hugging Face's datasets
  jsonl     the same as lines of JSON

The bytes depend on the seed and the options only. After a stop, the same command resumes; a file of nanogpt, one per
split, is then started again. README.md in the folder says how to load the files.
A window of a loader holds one sequence if their lengths agree. llmc and megatron store one more token with each
sequence, so there --seq-len is 1023, for windows of 1024. For a context of N tokens give them --seq-len N-1, and other
formats --seq-len N. Training in Primordia, whose last target is beyond the context, needs --seq-len N+1.

Examples:
  primordia nca generate --tokens 164M --out data/nca
  primordia nca generate --tokens 10M --out data/nanogpt --format nanogpt
  primordia nca generate --split train=100M,validation=1M --out data/llmc --format llmc
  primordia nca generate --tokens 1G --out data/megatron --format megatron --seq-len 2047 --shard 1/4
  primordia nca generate --tokens 10M --out data/two --colors 2 --percentile 50:100 --format parquet
  primordia nca generate --tokens 10M --out - > tokens.bin`;

async function runGenerate(flags: GenerateFlags): Promise<number> {
  const { out: directory, seed, format, split, bos, shardTokens, shard, workers } = flags;
  const { arithmetic } = flags;
  const tokens = chooseTokens(flags);
  const world = { ...readNcaOptions(flags), rules: flags.rules };
  if (directory === '-') {
    refuseWithStream({
      '--split': split,
      '--bos': bos,
      '--shard': shard,
      '--shard-tokens': shardTokens,
    });
    const given = {
      tokens,
      seed,
      arithmetic,
      world,
      ...(workers === undefined ? {} : { workers }),
    };
    return streamSequences({ ...given, format }, flags);
  }
  const output = createOutput(flags);
  let exitCode = 0;
  try {
    const result = await withInterrupt(
      (interruption) => {
        exitCode = interruption.exitCode;
        output.say('stopping; interrupt again to end at once');
      },
      (signal) =>
        generateDataset({
          directory,
          tokens,
          seed,
          format,
          arithmetic,
          signal,
          world,
          ...(split === undefined ? {} : { splits: split.shares }),
          ...(bos === undefined ? {} : { bos: bos === 'none' ? null : bos }),
          ...(shardTokens === undefined ? {} : { shardTokens }),
          ...(shard ? { piece: shard } : {}),
          ...(workers === undefined ? {} : { workers }),
          onProgress: createShardProgress(output),
        }),
    );
    output.result(summarize(directory, result), describe(directory, result));
    return 0;
  } catch (error) {
    if (!(error instanceof GenerationStopped)) throw error;
    output.result(
      { stopped: true, directory },
      `stopped; finished files are kept in ${directory}, and the same command resumes`,
    );
    return exitCode;
  } finally {
    output.clear();
  }
}

/** `164000768` → `164.0M` */
function formatTokens(tokens: number): string {
  if (tokens >= 1e9) return `${(tokens / 1e9).toFixed(2)}G`;
  return tokens >= 1e6 ? `${(tokens / 1e6).toFixed(1)}M` : `${(tokens / 1e3).toFixed(1)}k`;
}

function summarize(directory: string, { manifest, tokens, tokensMade, seconds }: GenerateResult) {
  const bytes = sizeOf(manifest);
  return {
    directory,
    tokens,
    sequences: tokens / manifest.sequenceLength,
    shards: manifest.shards.length,
    bytes,
    vocabSize: manifest.vocabSize,
    keepRate: manifest.keepRate,
    tokensMade,
    seconds,
  };
}

function sizeOf(manifest: GenerateResult['manifest']): number {
  const files = manifest.shards.flatMap((shard) => shard.files);
  return files.reduce((sum, file) => sum + file.bytes, 0);
}

function describe(directory: string, result: GenerateResult): string {
  const { manifest, tokens, tokensMade, seconds } = result;
  const number = (value: number) => value.toLocaleString('en-US');
  const made =
    tokensMade === 0
      ? 'it was already complete'
      : `${formatSeconds(seconds)}, ${number(Math.round(tokensMade / seconds))} tokens/s`;
  return [
    `data set ${directory}: ${number(tokens)} tokens in ${plural(tokens / manifest.sequenceLength, 'sequence')}, ` +
      `${plural(manifest.shards.length, `${manifest.files} shard`)}, ${(sizeOf(manifest) / 1e6).toFixed(1)} MB`,
    `kept     ${((manifest.keepRate ?? 0) * 100).toFixed(1)} % of the simulations`,
    `time     ${made}`,
    describeNext(directory, ['verify', 'predictors']),
  ].join('\n');
}

function parseRules(value: string): 'fresh' | number {
  return value === 'fresh' ? value : parseCount(value);
}

/** How many tokens are asked for: by `--tokens`, or by the counts of `--split`. */
function chooseTokens({ tokens, split }: GenerateFlags): number {
  const counted = split?.tokens ?? null;
  if (tokens !== undefined && counted === null) return tokens;
  if (tokens === undefined && counted !== null) return counted;
  throw new UserError(
    tokens === undefined
      ? 'the number of tokens is missing'
      : '--tokens and the counts of --split contradict each other',
    {
      hint: 'give --tokens, with --split in shares or without, or --split in tokens: train=100M,validation=1M',
    },
  );
}

function refuseWithStream(flags: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(flags).find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  throw new UserError(`${given} works with files, not with standard output`, {
    hint: 'for a validation stream, use another --seed: it has other rules',
  });
}

function parseBos(value: string): number | 'none' {
  return value === 'none' ? value : parseInteger(value);
}

function parsePiece(value: string): Piece {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(value.trim()) ?? [];
  const piece = { index: Number(index), count: Number(count) };
  if (index === undefined || piece.index < 1 || piece.index > piece.count) {
    throw new InvalidArgumentError('a piece is i/n with i from 1 to n, such as 1/3.');
  }
  return piece;
}
