// Makes a data set, or goes on with one: shards appear one by one, and the bytes depend on seed and options alone.

import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { ensureDirectory, explainingErrors, writeFileAtomic } from '../files/atomic.ts';
import { type FileLock, refuseHeldLock, takeLock } from '../files/lock.ts';
import { listFolder } from '../files/read-file.ts';
import { clearTemporaries } from '../files/temporaries.ts';
import { watchForeignLock } from '../files/watch-lock.ts';
import { companionFiles, isCompanionFile } from './companion-files.ts';
import { makeDatasetCard } from './dataset-card.ts';
import type { DatasetFormat, FormatCodec, SequenceLayout, ShardWriter } from './formats/codec.ts';
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
import { type GenerateOptions, type GenerateProgress, type Job, planJob } from './plan-dataset.ts';
import { isShardFile, shardFiles } from './shard-names.ts';
import { type Piece, type PlannedShard, planBlocks, planShards } from './shard-plan.ts';
import { SPLIT_NAMES } from './splits.ts';
import { checkWorkers, type MadeBlock, makeBlocks } from './worker-pool.ts';

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
 * resumed; shards that its manifest lists are kept. Where pieces of the same data set lie in the folder, their
 * shards are taken over into the whole.
 *
 * @throws UserError for wrong options, a folder that holds other things or another data set, a full disk
 * @throws GenerationStopped if the signal fired
 */
export async function generateDataset(options: GenerateOptions): Promise<GenerateResult> {
  const began = performance.now();
  const { directory } = options;
  const workers = options.workers ?? availableParallelism();
  checkWorkers(workers);
  const job = await planJob(options);
  const planned = planShards(job.plan, job.plan.piece);
  checkFolder(directory, job.plan);
  ensureDirectory(directory);
  const lock = await takeDatasetLock(directory, job.plan.piece);
  try {
    const written = namesOf(job, planned);
    for (const below of ['', ...(job.plan.files === 'mds' ? SPLIT_NAMES : [])]) {
      const folder = path.join(directory, below);
      const nameOf = (name: string) => (below === '' ? name : `${below}/${name}`);
      const owns = (name: string) => written?.has(nameOf(name)) ?? isDatasetFile(nameOf(name));
      if (existsSync(folder)) clearTemporaries(folder, { owns });
    }
    const { records, adopted } = findFinished(directory, job.plan);
    const missing = planned.filter(({ shard }) => !records.has(shard));
    const tokens = planned.reduce((sum, { count }) => sum + count, 0) * job.plan.sequenceLength;
    const made = missing.reduce((sum, { count }) => sum + count, 0) * job.plan.sequenceLength;
    if (missing.length > 0) {
      writeManifest(directory, makeManifest(job.plan, [...records.values()]));
      const progress = createProgress(options.onProgress ?? (() => {}), {
        tokens,
        tokensDone: tokens - made,
        shards: planned.length,
        shardsDone: planned.length - missing.length,
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
    for (const { name, content, isEditable } of companionFiles(manifest)) {
      const file = path.join(directory, name);
      if (!(isEditable && existsSync(file))) writeIfOther(file, content);
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
async function takeDatasetLock(directory: string, piece: Piece | null): Promise<FileLock> {
  const lockOf = (manifest: string) => path.join(directory, `${manifest}${LOCK_SUFFIX}`);
  await watchForeignLock(lockOf(manifestName(piece)));
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
function namesOf({ plan }: Job, planned: readonly PlannedShard[]): Set<string> | null {
  if (plan.piece === null) return null;
  const shards = planned.flatMap(({ split, index }) => shardFiles(plan.files, split, index));
  return new Set([manifestName(plan.piece), cardName(plan.piece), ...shards]);
}

/** Whether a file of this name is one of some data set's, or of a piece of one. */
function isDatasetFile(name: string): boolean {
  if (/^(manifest(-\d+-of-\d+)?\.json|README(-\d+-of-\d+)?\.md)$/.test(name)) return true;
  return isShardFile(name) || isCompanionFile(name);
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
    throw new UserError(`${directory} is not empty and does not hold a data set`, another);
  }
  if (plan.piece && manifests.includes(manifestName(null))) {
    throw new UserError(`${directory} holds a complete data set, not pieces`, another);
  }
  for (const name of manifests) {
    const { manifest } = readManifest(path.join(directory, name));
    const differences = describeDifferences(manifest, plan);
    if (differences.length === 0) continue;
    throw new UserError(`${directory} holds another data set: ${differences.join('; ')}`, {
      hint: 'choose another folder, or give the options of the data set in it',
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
        open = openShard(directory, queue.pop()!, plan.files, layout, codec);
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
  format: DatasetFormat,
  layout: SequenceLayout,
  codec: FormatCodec,
): OpenShard {
  const names = shardFiles(format, planned.split, planned.index);
  const files: HashedFile[] = [];
  const discard = () => {
    for (const file of files) file.discard();
  };
  let writer: ShardWriter;
  try {
    for (const name of names) {
      ensureDirectory(path.dirname(path.join(directory, name)));
      files.push(new HashedFile(path.join(directory, name)));
    }
    writer = codec.startShard(layout, planned.count, files);
  } catch (error) {
    discard();
    throw error;
  }
  let sequences = 0;
  let simulations = 0;
  let outsideBand = 0;
  return {
    append: ({ block, count, counts }) => {
      writer.append(block);
      sequences += count;
      simulations += counts.attempts;
      outsideBand += counts.outside;
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
        outsideBand,
        files: files.map((file, i) => ({ ...file.publish(), name: names[i]! })),
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
function writeIfOther(file: string, content: string | Buffer): void {
  try {
    if (readFileSync(file).equals(Buffer.from(content))) return;
  } catch {
    // It is not there yet.
  }
  writeFileAtomic(file, content);
}
