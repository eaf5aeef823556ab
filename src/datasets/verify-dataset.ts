// Checks a data set: files against the manifest, tokens against the world, sequences against the generator.

import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { foldIn, keyFromSeed, plural, randomInt, UserError } from '../core/index.ts';
import { companionFiles } from './companion-files.ts';
import { layoutOf } from './dataset-layout.ts';
import {
  type DatasetFormat,
  IGNORED_LABEL,
  type ShardOpener,
  type ShardReader,
} from './formats/codec.ts';
import { createShardOpener } from './formats/load-codec.ts';
import { decodeRawTokens } from './formats/raw-tokens.ts';
import {
  type DatasetManifest,
  listManifests,
  manifestName,
  readManifest,
  type ShardRecord,
} from './manifest.ts';
import { createSequenceMaker, type SequenceSource } from './nca-sequences.ts';
import { openShardOf } from './open-dataset.ts';
import { planBlocks, planShards, type SequenceRange } from './shard-plan.ts';
import { makeBlocks } from './worker-pool.ts';

export type VerifyOptions = {
  /** Makes every sequence again; by default the first, the last and some random ones of each shard. */
  readonly all?: boolean;
  /** Threads for `all`; by default all processors. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
};

export type VerifyProgress = {
  readonly tokensDone: number;
  readonly tokens: number;
  readonly shardsDone: number;
  readonly shards: number;
};

export type VerifyResult = {
  /** One line each; none where all is well. */
  readonly problems: readonly string[];
  readonly shards: number;
  readonly sequences: number;
  readonly tokens: number;
  /** Sequences that were made again and compared. */
  readonly compared: number;
};

/** Besides the first and the last of a shard. */
const RANDOM_SEQUENCES = 3;
/** A shard where everything is wrong need not fill the screen. */
const MOST_PROBLEMS = 5;

/**
 * Checks that each file of each shard is there with the size and SHA-256 of the manifest, that it is intact and of the
 * format, that tokens are ids of the vocabulary and delimiters at their places, that labels agree with tokens, and
 * that sequences are those that the generator makes.
 *
 * @throws UserError if there is no manifest that can be read; the signal's reason when it fires
 */
export async function verifyDataset(
  directory: string,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const manifests = readManifests(directory);
  const shards = manifests.flatMap((manifest) =>
    manifest.shards.map((shard) => ({ manifest, shard })),
  );
  const tokens = shards.reduce((sum, { shard }) => sum + shard.tokens, 0);
  const problems = [
    ...manifests.flatMap(findMissing),
    ...manifests.flatMap((manifest) => findWrongCompanions(directory, manifest)),
  ];
  let compared = 0;
  let tokensDone = 0;
  // Pieces are of one format, unless they were put together by hand.
  const openers = new Map<DatasetFormat, ShardOpener>();
  try {
    for (const [shardsDone, { manifest, shard }] of shards.entries()) {
      const report = (done: number) =>
        options.onProgress?.({ tokensDone: done, tokens, shardsDone, shards: shards.length });
      options.signal?.throwIfAborted();
      report(tokensDone);
      const opener = openers.get(manifest.files) ?? (await createShardOpener(manifest.files));
      openers.set(manifest.files, opener);
      const files = await checkFiles(directory, shard, shards);
      const open = () => openShardOf(opener, directory, manifest, shard);
      const content = await checkContent({ directory, manifest, shard, open }, options, (done) =>
        report(tokensDone + done),
      );
      compared += content.compared;
      problems.push(...files, ...content.problems);
      tokensDone += shard.tokens;
    }
  } finally {
    for (const opener of openers.values()) opener.close();
  }
  const sequences = shards.reduce((sum, { shard }) => sum + shard.sequences, 0);
  return { problems, shards: shards.length, sequences, tokens, compared };
}

function readManifests(directory: string): DatasetManifest[] {
  const names = listManifests(directory);
  if (names.length === 0) {
    throw new UserError(`${directory} holds no data set: it has no ${manifestName(null)}`, {
      hint: 'give a folder that "primordia nca generate" wrote',
    });
  }
  const chosen = names.includes(manifestName(null)) ? [manifestName(null)] : names;
  return chosen.map((name) => readManifest(path.join(directory, name)).manifest);
}

function findMissing(manifest: DatasetManifest): string[] {
  if (manifest.complete) return [];
  const shards = planShards(manifest, manifest.piece).length;
  const name = manifestName(manifest.piece);
  return [
    `${name}: not finished, ${manifest.shards.length} of ${plural(shards, 'shard')} ${shards === 1 ? 'is' : 'are'} there`,
  ];
}

/** Files beside the shards that a loader needs, and that are missing or others than the manifest makes. */
function findWrongCompanions(directory: string, manifest: DatasetManifest): string[] {
  return companionFiles(manifest)
    .filter(({ isEditable }) => !isEditable)
    .flatMap(({ name, content }) => {
      const file = path.join(directory, name);
      const status = statSync(file, { throwIfNoEntry: false });
      if (!status?.isFile()) return [`${name}: missing`];
      const isSame = status.size === content.length && readFileSync(file).equals(content);
      return isSame ? [] : [`${name}: its bytes do not match the manifest`];
    });
}

async function checkFiles(
  directory: string,
  shard: ShardRecord,
  shards: readonly { readonly shard: ShardRecord }[],
): Promise<string[]> {
  const problems: string[] = [];
  for (const { name, bytes, sha256 } of shard.files) {
    const file = path.join(directory, name);
    const status = statSync(file, { throwIfNoEntry: false });
    if (!status?.isFile()) {
      problems.push(`${name}: missing`);
      continue;
    }
    if (status.size !== bytes) {
      problems.push(`${name}: ${status.size} bytes, the manifest says ${bytes}`);
      continue;
    }
    const found = await hashFile(file);
    if (found === sha256) continue;
    const other = shards
      .flatMap((entry) => entry.shard.files)
      .find((record) => record.sha256 === found);
    problems.push(
      `${name}: its SHA-256 differs from the manifest's` +
        (other ? `; it is that of ${other.name}` : ''),
    );
  }
  return problems;
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(piece);
  return hash.digest('hex');
}

type Content = { readonly problems: readonly string[]; readonly compared: number };

type StoredShard = {
  readonly directory: string;
  readonly manifest: DatasetManifest;
  readonly shard: ShardRecord;
  readonly open: () => Promise<ShardReader>;
};

async function checkContent(
  { directory, manifest, shard, open }: StoredShard,
  options: VerifyOptions,
  report: (tokensDone: number) => void,
): Promise<Content> {
  const name = shard.files[0]!.name;
  let reader: ShardReader | undefined;
  try {
    reader = await open();
    const problems = await checkTokens(manifest, shard, reader, options.signal, report);
    const comparison = await compareSequences(manifest, shard, reader, options);
    const named = [...problems, ...comparison.problems].map((problem) => `${name}: ${problem}`);
    const more = named.length - MOST_PROBLEMS;
    return {
      problems: more > 0 ? [...named.slice(0, MOST_PROBLEMS), `${name}: and ${more} more`] : named,
      compared: comparison.compared,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The size of a file, or that it is missing, has been said.
    const isSaid = shard.files.some(
      (file) =>
        statSync(path.join(directory, file.name), { throwIfNoEntry: false })?.size !== file.bytes,
    );
    return { problems: isSaid ? [] : [shorten(error.message, directory)], compared: 0 };
  } finally {
    await reader?.close();
  }
}

function shorten(message: string, directory: string): string {
  return message.replaceAll(`${directory}${path.sep}`, '');
}

/** Tokens and labels that are out of place: the first of each block that has some. */
async function checkTokens(
  manifest: DatasetManifest,
  shard: ShardRecord,
  reader: ShardReader,
  signal: AbortSignal | undefined,
  report: (tokensDone: number) => void,
): Promise<string[]> {
  const { sequenceLength, firstTarget } = manifest;
  const problems: string[] = [];
  for (const { first, count } of planBlocks({ first: 0, count: shard.sequences }, sequenceLength)) {
    signal?.throwIfAborted();
    const tokens = await reader.read(first, count);
    const place = (at: number) =>
      `sequence ${shard.firstSequence + first + Math.floor(at / sequenceLength)}, ` +
      `token ${at % sequenceLength}`;
    const wrong = findMisplaced(manifest, tokens);
    if (wrong) problems.push(`${place(wrong.at)}: ${wrong.problem}`);
    const labels = await reader.readLabels?.(first, count);
    const label = labels?.findIndex((value, at) => {
      const masked = at % sequenceLength < firstTarget;
      return value !== (masked ? IGNORED_LABEL : tokens[at]);
    });
    if (label !== undefined && label >= 0) {
      problems.push(`${place(label)}: label ${labels![label]} does not belong to it`);
    }
    report((first + count) * sequenceLength);
  }
  return problems;
}

/** The first token that is not an id of the vocabulary, or a delimiter where none belongs, or none where one does. */
function findMisplaced(
  { vocabSize, frameLength, sequenceLength }: DatasetManifest,
  tokens: Int32Array,
): { readonly at: number; readonly problem: string } | undefined {
  const start = vocabSize - 2;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    const inFrame = (at % sequenceLength) % frameLength;
    const expected = inFrame === 0 ? start : inFrame === frameLength - 1 ? start + 1 : null;
    if (expected === null ? token >= 0 && token < start : token === expected) continue;
    if (token < 0 || token >= vocabSize) {
      return { at, problem: `${token} is not among the ${vocabSize} ids` };
    }
    return {
      at,
      problem:
        expected === null
          ? `delimiter ${token} within a frame`
          : `${token} where delimiter ${expected} belongs`,
    };
  }
  return undefined;
}

async function compareSequences(
  manifest: DatasetManifest,
  shard: ShardRecord,
  reader: ShardReader,
  options: VerifyOptions,
): Promise<Content> {
  const problems: string[] = [];
  let compared = 0;
  const { sequenceLength } = manifest;
  for await (const { first, count, tokens } of remake(manifest, shard, options)) {
    const stored = await reader.read(first - shard.firstSequence, count);
    compared += count;
    const at = tokens.findIndex((token, i) => token !== stored[i]);
    if (at < 0) continue;
    problems.push(
      `sequence ${first + Math.floor(at / sequenceLength)} is not what the generator makes, ` +
        `first at token ${at % sequenceLength}: ${stored[at]} instead of ${tokens[at]}`,
    );
  }
  return { problems, compared };
}

type Remade = SequenceRange & { readonly tokens: Int32Array };

/** Sequences of a shard made again: all of them in blocks, or some one by one. */
async function* remake(
  manifest: DatasetManifest,
  shard: ShardRecord,
  options: VerifyOptions,
): AsyncGenerator<Remade> {
  const source = sourceOf(manifest);
  const { sequenceLength } = manifest;
  if (options.all) {
    const ranges = planBlocks(
      { first: shard.firstSequence, count: shard.sequences },
      sequenceLength,
    );
    const layout = { ...layoutOf(manifest), dtype: 'int32', rowToken: null } as const;
    const workers = options.workers ?? availableParallelism();
    const blocks = makeBlocks({ source, format: 'bin', layout }, ranges, workers, options.signal);
    for await (const { first, count, block } of blocks) {
      const { buffer, byteOffset, byteLength } = block.bytes;
      const bytes = Buffer.from(buffer, byteOffset, byteLength);
      yield { first, count, tokens: decodeRawTokens(layout.dtype, bytes) };
    }
    return;
  }
  const maker = createSequenceMaker(source);
  for (const first of chooseSequences(manifest.seed, shard)) {
    options.signal?.throwIfAborted();
    const tokens = new Int32Array(sequenceLength);
    maker.make(first, 1, tokens);
    yield { first, count: 1, tokens };
  }
}

/** The first, the last, and some that the seed and the shard's number choose. */
function chooseSequences(seed: number, { shard, firstSequence, sequences }: ShardRecord): number[] {
  const key = foldIn(foldIn(keyFromSeed(seed), 'nca verify'), shard);
  const random = Array.from({ length: RANDOM_SEQUENCES }, (_, i) =>
    randomInt(foldIn(key, i), sequences),
  );
  const chosen = new Set([0, sequences - 1, ...random]);
  return [...chosen].sort((a, b) => a - b).map((i) => firstSequence + i);
}

/** The source that a manifest describes. */
function sourceOf({ seed, world, splits }: DatasetManifest): SequenceSource {
  const { arithmetic, options, bounds } = world;
  return {
    seed,
    arithmetic,
    options: { ...options, arithmetic },
    bounds: bounds && { low: bounds.low, high: bounds.high ?? Number.POSITIVE_INFINITY },
    splits,
  };
}
