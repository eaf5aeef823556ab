// Makes a data set, or goes on with one: shards appear one by one, and the bytes depend on seed and options alone.

import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { ensureDirectory, explainingErrors, writeFileAtomic } from '../files/atomic.ts';
import { type FileLock, refuseHeldLock, takeLock } from '../files/lock.ts';
import { listFolder } from '../files/read-file.ts';
import { clearTemporaries } from '../files/temporaries.ts';
import type { NcaOptions } from '../worlds/nca/index.ts';
import { makeDatasetCard } from './dataset-card.ts';
import type { DatasetFormat, FormatCodec, SequenceLayout, ShardWriter } from './formats/codec.ts';
import { loadCodec } from './formats/load-codec.ts';
import { HashedFile } from './hashed-file.ts';
import {
  cardName,
  type DatasetManifest,
  describeDifferences,
  listManifests,
  type ManifestPlan,
  makeManifest,
  manifestName,
  readManifest,
  type ShardRecord,
  writeManifest,
} from './manifest.ts';
import {
  type Arithmetic,
  createSequenceMaker,
  resolveSource,
  type SequenceSource,
} from './nca-sequences.ts';
import {
  type Piece,
  type PlannedShard,
  planBlocks,
  planShards,
  planSize,
  shardFiles,
} from './shard-plan.ts';
import { type MadeBlock, makeBlocks } from './worker-pool.ts';

export type GenerateOptions = {
  /** New, empty, or with a data set of the same options that is gone on with. */
  readonly directory: string;
  /** At least so many tokens, in whole sequences. */
  readonly tokens: number;
  /** Names the sequences, and the pool of rules where there is one. By default 0. */
  readonly seed?: number;
  /** Options of the world; `ruleSeed` is the seed. */
  readonly world?: Partial<NcaOptions>;
  /** By default `DEFAULT_ARITHMETIC`. */
  readonly arithmetic?: Arithmetic;
  /** By default `bin`. */
  readonly format?: DatasetFormat;
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

export type GenerateResult = {
  readonly manifest: DatasetManifest;
  /** Tokens of the piece, or of the whole. */
  readonly tokens: number;
  /** Tokens that this call made; the others were there. */
  readonly tokensMade: number;
  readonly seconds: number;
};

/** The generation was stopped by its signal. */
export class GenerationStopped extends Error {
  constructor(directory: string) {
    super(`stopped; the complete shards are in ${directory}`);
    this.name = 'GenerationStopped';
  }
}

const LOCK_SUFFIX = '.lock';
const LOCK = /^manifest(-\d+-of-\d+)?\.json\.lock((\.stale)?\.tmp-\d+)?$/;
const PIECE_LOCK = /^manifest-.*\.json\.lock$/;
/** Shards that were finished since are made again after a crash. */
const MANIFEST_EVERY_MS = 1000;
const PROGRESS_EVERY_MS = 200;

/**
 * Makes the data set of NCA sequences that the options describe, in `directory`: shards, `manifest.json` and a card,
 * `README.md`. Sequence i is a pure function of seed, world and i (`createSequenceMaker`), and every byte one of the
 * options: workers, pieces and interruptions change nothing. A folder where an earlier call was stopped or killed is
 * gone on with; shards that its manifest lists are kept. Where pieces of the same data set lie in the folder, their
 * shards are taken over into the whole.
 *
 * @throws UserError for wrong options, a folder that holds other things or another data set, a full disk
 * @throws GenerationStopped when the signal fired
 */
export async function generateDataset(options: GenerateOptions): Promise<GenerateResult> {
  const began = performance.now();
  const { directory } = options;
  const workers = options.workers ?? availableParallelism();
  if (!Number.isSafeInteger(workers) || workers < 1 || workers > 1024) {
    throw new UserError(`workers: ${workers} is not a whole number from 1 to 1024`);
  }
  const job = await planJob(options);
  const planned = planShards(job.plan, job.plan.piece);
  checkFolder(directory, job.plan);
  ensureDirectory(directory);
  const lock = takeDatasetLock(directory, job.plan.piece);
  try {
    const written = namesOf(job, planned);
    clearTemporaries(directory, { owns: (name) => written?.has(name) ?? isDatasetFile(name) });
    const { records, adopted } = findFinished(directory, job.plan);
    const missing = planned.filter(({ shard }) => !records.has(shard));
    const tokens = planned.reduce((sum, { count }) => sum + count, 0) * job.plan.sequenceLength;
    const made = missing.reduce((sum, { count }) => sum + count, 0) * job.plan.sequenceLength;
    if (missing.length > 0) {
      writeManifest(directory, makeManifest(job.plan, [...records.values()]));
      const progress = createProgress(options.onProgress ?? (() => {}), {
        ...{ tokens, tokensDone: tokens - made },
        ...{ shards: planned.length, shardsDone: planned.length - missing.length },
      });
      const { requireFolder } = lock;
      await makeShards(job, missing, records, { ...options, workers, progress, requireFolder });
    }
    const manifest = makeManifest(job.plan, [...records.values()]);
    const card = path.join(directory, cardName(job.plan.piece));
    // A card that somebody has written on stays, unless the data it describes have changed.
    if (missing.length > 0 || adopted.length > 0 || !existsSync(card)) {
      writeIfOther(card, makeDatasetCard(manifest));
    }
    writeManifest(directory, manifest);
    for (const piece of adopted) {
      for (const name of [manifestName(piece), cardName(piece)]) {
        rmSync(path.join(directory, name), { force: true });
      }
    }
    return { manifest, tokens, tokensMade: made, seconds: (performance.now() - began) / 1000 };
  } finally {
    lock.release();
  }
}

/**
 * The lock of a piece, or of the whole, which no piece may be written into meanwhile. Each takes its own before it looks
 * for the other's: of two that begin at the same time, one is refused, or both are.
 */
function takeDatasetLock(directory: string, piece: Piece | null): FileLock {
  const lockOf = (manifest: string) => path.join(directory, `${manifest}${LOCK_SUFFIX}`);
  const lock = takeLock(lockOf(manifestName(piece)));
  try {
    if (piece !== null) {
      refuseHeldLock(lockOf(manifestName(null)));
      return lock;
    }
    for (const name of listFolder(directory)) {
      if (!PIECE_LOCK.test(name)) continue;
      // What a process left that died is thereby removed, too.
      takeLock(path.join(directory, name)).release();
    }
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** What a piece writes: other processes may be at other pieces in the same folder. Null for the whole. */
function namesOf({ plan, codec }: Job, planned: readonly PlannedShard[]): Set<string> | null {
  if (plan.piece === null) return null;
  const shards = planned.flatMap(({ shard }) => shardFiles(shard, codec.extensions));
  return new Set([manifestName(plan.piece), cardName(plan.piece), ...shards]);
}

/** Whether a file of this name is one of some data set's, or of a piece of one. */
function isDatasetFile(name: string): boolean {
  return /^(manifest(-\d+-of-\d+)?\.json|README(-\d+-of-\d+)?\.md|shard-\d{5,}\..+)$/.test(name);
}

type Job = {
  readonly plan: ManifestPlan;
  readonly source: SequenceSource;
  readonly layout: SequenceLayout;
  readonly codec: FormatCodec;
};

async function planJob(options: GenerateOptions): Promise<Job> {
  const { tokens, seed = 0, arithmetic = DEFAULT_ARITHMETIC, format = 'bin' } = options;
  const { source, world } = resolveSource(seed, arithmetic, options.world ?? {});
  // What a worker would refuse is refused before there is a folder.
  createSequenceMaker(source);
  const codec = await loadCodec(format);
  const { arithmetic: _, ...worldOptions } = world.options;
  const { vocabSize, sequenceLength, firstTarget, frameLength, bounds } = world;
  const layout = { vocabSize, sequenceLength, firstTarget, dtype: codec.chooseDType(vocabSize) };
  const shardTokens = options.shardTokens ?? chooseShardTokens(options, sequenceLength);
  const size = planSize(tokens, sequenceLength, shardTokens);
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
    sequences: size.sequences,
    tokens: size.sequences * sequenceLength,
    sequencesPerShard: size.sequencesPerShard,
    piece: options.piece ?? null,
  };
  return { plan, source, layout, codec };
}

function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  return `${name} ${version}`;
}

/** Refuses a folder that holds anything else than this data set, finished or not. */
function checkFolder(directory: string, plan: ManifestPlan): void {
  const status = explainingErrors(directory, () => statSync(directory, { throwIfNoEntry: false }));
  if (!status) return;
  const another = { hint: 'choose another folder' };
  if (!status.isDirectory()) throw new UserError(`${directory} is a file, not a folder`, another);
  const manifests = listManifests(directory);
  if (manifests.length === 0) {
    if (isEmptyOrUnbegun(listFolder(directory))) return;
    throw new UserError(`${directory} is not empty and holds no data set`, another);
  }
  if (plan.piece && manifests.includes(manifestName(null))) {
    throw new UserError(`${directory} holds a whole data set, not pieces`, another);
  }
  for (const name of manifests) {
    const { manifest } = readManifest(path.join(directory, name));
    const differences = describeDifferences(manifest, plan);
    if (differences.length === 0) continue;
    throw new UserError(`${directory} holds another data set: ${differences.join('; ')}`, {
      hint: 'choose another folder, or give the options of the data set that is there',
    });
  }
}

/**
 * Whether a folder's names are none, or those of a lock and of what a call left that died before there was a manifest.
 * Files of such names without a lock are somebody else's.
 */
function isEmptyOrUnbegun(names: readonly string[]): boolean {
  const others = names.filter((name) => !LOCK.test(name));
  const isLeftover = (name: string) => /^manifest(-\d+-of-\d+)?\.json\.tmp-\d+$/.test(name);
  return names.length === 0 || (others.length < names.length && others.every(isLeftover));
}

/** The shards that are there already, by number, and the pieces that some of them come from. */
function findFinished(directory: string, plan: ManifestPlan) {
  const own = manifestName(plan.piece);
  const names = listManifests(directory).filter((name) => plan.piece === null || name === own);
  const records = new Map<number, ShardRecord>();
  const adopted: Piece[] = [];
  for (const name of names) {
    const { piece, shards } = readManifest(path.join(directory, name)).manifest;
    if (piece && name !== own) adopted.push(piece);
    for (const record of shards) {
      if (record.files.every((file) => hasSize(path.join(directory, file.name), file.bytes))) {
        records.set(record.shard, record);
      }
    }
  }
  return { records, adopted };
}

function hasSize(file: string, bytes: number): boolean {
  const status = statSync(file, { throwIfNoEntry: false });
  return status?.isFile() === true && status.size === bytes;
}

type Progress = { add(tokens: number, shards: number): void };

async function makeShards(
  { plan, source, layout, codec }: Job,
  missing: readonly PlannedShard[],
  records: Map<number, ShardRecord>,
  options: GenerateOptions & {
    readonly workers: number;
    readonly progress: Progress;
    readonly requireFolder: () => void;
  },
): Promise<void> {
  const { directory, workers, progress } = options;
  const stopped = new AbortController();
  const stop = () => stopped.abort(new GenerationStopped(directory));
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener('abort', stop);
  const setup = { source, format: plan.files, layout };
  const blocks = missing.flatMap((shard) => planBlocks(shard, plan.sequenceLength));
  const queue = [...missing].reverse();
  let open: OpenShard | undefined;
  let written = performance.now();
  try {
    for await (const block of makeBlocks(setup, blocks, workers, stopped.signal)) {
      if (!open) {
        options.requireFolder();
        open = openShard(directory, queue.pop()!, layout, codec);
      }
      open.append(block);
      if (open.isFull()) {
        options.requireFolder();
        const record = open.publish();
        open = undefined;
        records.set(record.shard, record);
        if (performance.now() - written >= MANIFEST_EVERY_MS) {
          writeManifest(directory, makeManifest(plan, [...records.values()]));
          written = performance.now();
        }
      }
      progress.add(block.count * plan.sequenceLength, open ? 0 : 1);
    }
  } catch (error) {
    open?.discard();
    try {
      writeManifest(directory, makeManifest(plan, [...records.values()]));
    } catch {
      // On a full disk the manifest before it stays; what went wrong first matters more.
    }
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

type OpenShard = {
  append(block: MadeBlock): void;
  isFull(): boolean;
  publish(): ShardRecord;
  discard(): void;
};

function openShard(
  directory: string,
  planned: PlannedShard,
  layout: SequenceLayout,
  codec: FormatCodec,
): OpenShard {
  const files: HashedFile[] = [];
  const discard = () => {
    for (const file of files) file.discard();
  };
  let writer: ShardWriter;
  try {
    for (const name of shardFiles(planned.shard, codec.extensions)) {
      files.push(new HashedFile(path.join(directory, name)));
    }
    writer = codec.startShard(layout, planned.count, files);
  } catch (error) {
    discard();
    throw error;
  }
  let sequences = 0;
  let simulations = 0;
  return {
    append: ({ block, count, attempts }) => {
      writer.append(block);
      sequences += count;
      simulations += attempts;
    },
    isFull: () => sequences === planned.count,
    publish: () => {
      writer.finish();
      return {
        shard: planned.shard,
        firstSequence: planned.first,
        sequences,
        tokens: sequences * layout.sequenceLength,
        simulations,
        files: files.map((file) => file.publish()),
      };
    },
    discard,
  };
}

function createProgress(
  listener: (progress: GenerateProgress) => void,
  start: Pick<GenerateProgress, 'tokens' | 'tokensDone' | 'shards' | 'shardsDone'>,
): Progress {
  const { tokens, shards } = start;
  const began = performance.now();
  // The first block is reported too: slow worlds show a sign of life.
  let reported = Number.NEGATIVE_INFINITY;
  let { tokensDone, shardsDone } = start;
  return {
    add: (count, finished) => {
      tokensDone += count;
      shardsDone += finished;
      const now = performance.now();
      if (now - reported < PROGRESS_EVERY_MS && tokensDone < tokens) return;
      reported = now;
      const tokensPerSecond = (tokensDone - start.tokensDone) / ((now - began) / 1000);
      const etaSeconds = (tokens - tokensDone) / tokensPerSecond;
      listener({ tokensDone, tokens, shardsDone, shards, tokensPerSecond, etaSeconds });
    },
  };
}

/** Leaves a file alone that holds this text already. */
function writeIfOther(file: string, text: string): void {
  try {
    if (readFileSync(file, 'utf8') === text) return;
  } catch {
    // It is not there yet.
  }
  writeFileAtomic(file, text);
}

/**
 * As the data set in the folder has it, so that the same command without `--shard` joins pieces. Else a small data
 * set asked for in pieces is cut so that each piece has a shard.
 */
function chooseShardTokens(options: GenerateOptions, sequenceLength: number): number {
  const { directory, tokens, piece } = options;
  const status = explainingErrors(directory, () => statSync(directory, { throwIfNoEntry: false }));
  const isFolder = status?.isDirectory();
  const name = isFolder ? listManifests(directory)[0] : undefined;
  if (name !== undefined) {
    const { manifest } = readManifest(path.join(directory, name));
    return manifest.sequencesPerShard * sequenceLength;
  }
  const sequencesPerPiece = Math.floor(Math.ceil(tokens / sequenceLength) / (piece?.count ?? 1));
  return Math.min(DEFAULT_SHARD_TOKENS, Math.max(1, sequencesPerPiece) * sequenceLength);
}
