// The manifest of a data set: what was asked for, what the sequences are, and which files hold them.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { plural, UserError } from '../core/index.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { formatJson, parseJson } from '../files/json.ts';
import { listFolder, readRegularText } from '../files/read-file.ts';
import { NCA_FILTERS } from '../worlds/nca/index.ts';
import { DATASET_FORMATS, MAX_SEQUENCE_LENGTH, TOKEN_DTYPES } from './formats/codec.ts';
import { ARITHMETICS } from './nca-sequences.ts';
import { SHARD_FILE, shardFiles } from './shard-names.ts';
import { countShards, MOST_SHARDS, type Piece, planShards } from './shard-plan.ts';
import { findWrongSplit, SPLIT_NAMES } from './splits.ts';

const MANIFEST_FORMAT = 'primordia-dataset';
const MANIFEST_VERSION = 1;
/** A hundred thousand shards take a third of it. */
const MAX_MANIFEST_BYTES = 2 ** 27;

const count = z.int().nonnegative();
const positive = z.int().positive();
const bounds = { low: z.number(), high: z.number() };

const ncaOptions = z.strictObject({
  colors: positive,
  grid: positive,
  patch: positive,
  features: positive,
  hidden: positive,
  temperature: z.number(),
  identityBias: z.number(),
  burnIn: count,
  dt: positive,
  sequenceLength: positive,
  channelPadding: z.enum(['wrap', 'spatial']),
  rules: z.union([z.literal('fresh'), positive]),
  ruleSeed: z.int(),
  band: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('absolute'), ...bounds }),
    z.strictObject({ kind: z.literal('percentile'), ...bounds }),
  ]),
  /** Data sets from before there was a choice judged sequences. */
  filter: z.enum(NCA_FILTERS).default('sequence'),
});

const shardRecord = z.strictObject({
  shard: count,
  /** Its sequences: `sequences` of them from `firstSequence` on. */
  firstSequence: count,
  sequences: positive,
  tokens: positive,
  /** Simulations drawn for them, those rejected included. */
  simulations: positive,
  /** Its sequences whose gzip ratio lies outside the band, where rules are judged and not sequences. */
  outsideBand: count.default(0),
  files: z.array(
    z.strictObject({
      name: z.string().regex(SHARD_FILE),
      bytes: count,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

const manifestSchema = z.strictObject({
  format: z.literal(MANIFEST_FORMAT),
  version: z.literal(MANIFEST_VERSION),
  /** Version of the program: another one may make other sequences. */
  generator: z.string(),
  seed: count,
  world: z.strictObject({
    kind: z.literal('nca'),
    arithmetic: z.enum(ARITHMETICS),
    options: ncaOptions,
    /** Gzip ratios that the band stands for; a `high` of null is not a limit. */
    bounds: z.strictObject({ low: z.number(), high: z.number().nullable() }).nullable(),
  }),
  files: z.enum(DATASET_FORMATS),
  dtype: z.enum(TOKEN_DTYPES),
  vocabSize: positive,
  /** Tokens in a frame, delimiters included. */
  frameLength: positive,
  /** Positions before this one are never targets. */
  firstTarget: count,
  sequenceLength: positive.max(MAX_SEQUENCE_LENGTH),
  /** Sequences and shards of the whole data set, of which this may be a piece. */
  sequences: positive,
  tokens: positive,
  sequencesPerShard: positive,
  /** A token stored with each sequence beside its own. */
  rowToken: z
    .strictObject({ place: z.enum(['first', 'last']), id: count })
    .nullable()
    .default(null),
  /** Runs of the sequences in this order; two have no rule in common. */
  splits: z
    .array(
      z.strictObject({
        name: z.enum(SPLIT_NAMES),
        sequences: positive,
        /** The members of the pool that it takes; null with fresh rules. */
        pool: z.strictObject({ first: count, count: positive }).nullable(),
      }),
    )
    .min(1)
    .max(SPLIT_NAMES.length)
    .nullable()
    .default(null),
  piece: z.strictObject({ index: positive, count: positive }).nullable(),
  complete: z.boolean(),
  /** Share of the simulations of the shards below that passed the filter. */
  keepRate: z.number().nullable(),
  shards: z.array(shardRecord).max(MOST_SHARDS),
});

export type DatasetManifest = z.infer<typeof manifestSchema>;
export type ShardRecord = z.infer<typeof shardRecord>;

/** A manifest as read: with its file and the SHA-256 of its bytes. */
export type ReadManifest = {
  readonly file: string;
  readonly manifest: DatasetManifest;
  readonly sha256: string;
};

const NAME = /^manifest(?:-\d+-of-\d+)?\.json$/;

/** The file name of the manifest of the whole data set, or of a piece. */
export function manifestName(piece: Piece | null): string {
  return piece === null ? 'manifest.json' : `manifest-${piece.index}-of-${piece.count}.json`;
}

/** The file name of the card that goes with a manifest. */
export function cardName(piece: Piece | null): string {
  return piece === null ? 'README.md' : `README-${piece.index}-of-${piece.count}.md`;
}

/**
 * Names of the manifests in a folder: that of the whole, or those of pieces. None where the folder is missing.
 *
 * @throws UserError if it is a file, or cannot be read
 */
export function listManifests(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return listFolder(directory).filter((name) => NAME.test(name));
}

/** Everything of a manifest that is settled before the first sequence is made. */
export type ManifestPlan = Omit<
  DatasetManifest,
  'format' | 'version' | 'complete' | 'keepRate' | 'shards'
>;

/** A manifest of these shards, in order. */
export function makeManifest(plan: ManifestPlan, shards: readonly ShardRecord[]): DatasetManifest {
  const sorted = [...shards].sort((a, b) => a.shard - b.shard);
  const sum = (of: (record: ShardRecord) => number) =>
    sorted.reduce((total, record) => total + of(record), 0);
  const simulations = sum((record) => record.simulations);
  return {
    format: MANIFEST_FORMAT,
    version: MANIFEST_VERSION,
    ...plan,
    complete: sorted.length === planShards(plan, plan.piece).length,
    keepRate: simulations === 0 ? null : sum((record) => record.sequences) / simulations,
    shards: sorted,
  };
}

/** Writes a manifest; afterwards it is whole and on the disk. Throws UserError if writing fails. */
export function writeManifest(directory: string, manifest: DatasetManifest): void {
  writeFileAtomic(path.join(directory, manifestName(manifest.piece)), formatJson(manifest));
}

/**
 * Reads and checks a manifest.
 *
 * @throws UserError if it is missing, foreign, of another version, damaged or inconsistent
 */
export function readManifest(file: string): ReadManifest {
  const text = readRegularText(file, { maxBytes: MAX_MANIFEST_BYTES });
  const manifest = parseManifest(text, file);
  const problem = findInconsistency(manifest);
  if (problem) throw damaged(file, problem);
  return { file, manifest, sha256: createHash('sha256').update(text).digest('hex') };
}

function parseManifest(text: string, file: string): DatasetManifest {
  const json = parseJson(text, file);
  const { format, version } = (json ?? {}) as { format?: unknown; version?: unknown };
  if (format !== MANIFEST_FORMAT) {
    throw new UserError(`${file} is not a manifest of sequences`, {
      hint: `its "format" would be "${MANIFEST_FORMAT}"`,
    });
  }
  if (version !== MANIFEST_VERSION) {
    throw new UserError(`${file} has version ${version}; this is version ${MANIFEST_VERSION}`, {
      hint: 'make the data set again, or use the version of primordia that made it',
    });
  }
  const result = manifestSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw damaged(file, `${issue?.path.join('.') || 'the manifest'}: ${issue?.message}`);
}

/** What in a manifest contradicts itself. */
function findInconsistency(manifest: DatasetManifest): string | undefined {
  const { sequenceLength, sequences, tokens, world, shards, complete } = manifest;
  if (sequences * sequenceLength !== tokens)
    return `${sequences} sequences are not ${tokens} tokens`;
  if (world.options.sequenceLength !== sequenceLength) return 'two sequence lengths';
  const { splits } = manifest;
  const needsSplits = manifest.files === 'nanogpt' || manifest.files === 'llmc';
  if (splits === null && needsSplits) return `${manifest.files} has splits`;
  if (needsSplits && manifest.vocabSize > 2 ** 16) return `${manifest.vocabSize} ids in uint16`;
  const wrong = splits && findWrongSplit(splits, sequences, world.options.rules);
  if (wrong) return wrong;
  if (countShards(manifest) > MOST_SHARDS) {
    return `${countShards(manifest).toLocaleString('en-US')} shards are more than ${MOST_SHARDS}`;
  }
  const planned = new Map(
    planShards(manifest, manifest.piece).map((shard) => [shard.shard, shard]),
  );
  for (const record of shards) {
    const plan = planned.get(record.shard);
    planned.delete(record.shard);
    if (!plan) return `shard ${record.shard} does not belong to it, or is a duplicate`;
    const names = record.files.map(({ name }) => name);
    const expected = shardFiles(manifest.files, plan.split, plan.index);
    if (names.join() !== expected.join()) {
      return `shard ${record.shard} has files [${names.join(', ')}], not [${expected.join(', ')}]`;
    }
    if (plan.first !== record.firstSequence || plan.count !== record.sequences) {
      return `shard ${record.shard} would hold sequences ${plan.first} to ${plan.first + plan.count - 1}`;
    }
    if (record.tokens !== record.sequences * sequenceLength) {
      return `shard ${record.shard} would have ${record.sequences * sequenceLength} tokens`;
    }
  }
  if (complete && shards.length === 0) return 'it has no shards';
  if (complete !== (planned.size === 0)) return `missing: ${plural(planned.size, 'shard')}`;
  return undefined;
}

function damaged(file: string, problem: string): UserError {
  return new UserError(`${file} is damaged: ${problem}`, {
    hint: 'copy it again, or make the data set again',
  });
}

/** How two plans differ, one line a difference, `path: this there, that asked`. */
export function describeDifferences(there: ManifestPlan, asked: ManifestPlan): string[] {
  const before = flatten(there);
  const after = flatten(asked);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key))
    .map(
      (key) =>
        `${key.replace(/^world\.(options\.)?/, '')} is ${before.get(key) ?? 'absent'} there, ${after.get(key) ?? 'absent'} asked`,
    );
}

const PLAN_KEYS = [
  'generator',
  'seed',
  'world',
  'files',
  'dtype',
  'sequenceLength',
  'sequences',
  'sequencesPerShard',
  'rowToken',
  'splits',
] as const;

/** The leaves of what makes two data sets the same, by path. */
function flatten(plan: ManifestPlan): Map<string, string> {
  const leaves = new Map<string, string>();
  const visit = (place: string, value: unknown) => {
    if (typeof value !== 'object' || value === null) leaves.set(place, String(value));
    else for (const [key, inner] of Object.entries(value)) visit(`${place}.${key}`, inner);
  };
  for (const key of PLAN_KEYS) visit(key, plan[key]);
  // Both follow from the rest.
  leaves.delete('world.options.ruleSeed');
  for (const end of ['', '.low', '.high']) leaves.delete(`world.bounds${end}`);
  return leaves;
}
