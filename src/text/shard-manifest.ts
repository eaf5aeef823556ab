// The manifest of token shards in a folder.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { parseJson, readJsonFile } from '../files/json.ts';
import { readRegularText } from '../files/read-file.ts';
import type { Tokenizer } from './tokenizer.ts';

const SHARD_DTYPES = ['uint16', 'uint32'] as const;
/** Integer type of the tokens on disk, little-endian. */
export type ShardDType = (typeof SHARD_DTYPES)[number];

export const MANIFEST_FILE = 'manifest.json';
export const MANIFEST_FORMAT = 'primordia-tokens';
export const MANIFEST_VERSION = 1;

/** Limit from the digits of their names. */
const MAX_SHARDS = 100_000;
/** A shard is read whole, and one buffer holds 2 GiB. */
const MAX_SHARD_TOKENS = 2 ** 30;

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const manifestSchema = z.strictObject({
  format: z.literal(MANIFEST_FORMAT),
  version: z.literal(MANIFEST_VERSION),
  dtype: z.enum(SHARD_DTYPES),
  vocabSize: z
    .int()
    .positive()
    .max(2 ** 32),
  endOfText: count,
  /** SHA-256 of the tokenizer, see `hashTokenizer`. */
  tokenizerSha256: sha256,
  documents: count,
  tokens: count,
  shards: z
    .array(
      z.strictObject({
        file: z.string().regex(/^tokens-\d{5}\.bin$/),
        tokens: z.int().positive().max(MAX_SHARD_TOKENS),
        sha256,
      }),
    )
    .max(MAX_SHARDS),
});

/** What a folder of token shards holds. */
export type ShardManifest = z.infer<typeof manifestSchema>;

/** Bytes of a token on disk. */
export function bytesPerToken(dtype: ShardDType): number {
  return dtype === 'uint16' ? 2 : 4;
}

/** SHA-256, in hexadecimal. */
export function hashBytes(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of a tokenizer's tokenizer.json object, with the keys of objects in order. */
export function hashTokenizer(tokenizer: Tokenizer): string {
  return hashBytes(
    JSON.stringify(tokenizer.toJson(), (_, value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    ),
  );
}

/** Whether a file is a manifest of token shards, of any version and in any state. */
export function isShardManifest(file: string): boolean {
  try {
    return readFormat(readJsonFile(file)) === MANIFEST_FORMAT;
  } catch {
    return false;
  }
}

function readFormat(json: unknown): unknown {
  return (json as { format?: unknown } | null)?.format;
}

/**
 * Reads and checks the manifest in a folder.
 *
 * @throws UserError if it is missing, foreign, of another version, or inconsistent
 */
export function readManifest(folder: string): ShardManifest {
  const file = path.join(folder, MANIFEST_FILE);
  if (!existsSync(file)) {
    throw new UserError(`${folder} holds no token shards (no ${MANIFEST_FILE})`, {
      hint: 'name a folder that was written as token shards',
    });
  }
  const manifest = parseManifest(readRegularText(file, { maxBytes: 2 ** 26 }), file);
  const sum = manifest.shards.reduce((total, shard) => total + shard.tokens, 0);
  if (sum !== manifest.tokens) {
    throw new UserError(`${file}: the shards have ${sum} tokens, not ${manifest.tokens}`, {
      hint: 'write the shards again',
    });
  }
  return manifest;
}

function parseManifest(text: string, file: string): ShardManifest {
  const json = parseJson(text, file);
  if (readFormat(json) !== MANIFEST_FORMAT) {
    throw new UserError(`${file} is not a manifest of token shards`, {
      hint: `its "format" must be "${MANIFEST_FORMAT}"`,
    });
  }
  const { version } = json as { version?: unknown };
  if (version !== MANIFEST_VERSION) {
    throw new UserError(`${file} has version ${version}; this is version ${MANIFEST_VERSION}`, {
      hint: 'write the shards again with this version',
    });
  }
  const result = manifestSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new UserError(`${file} is damaged${where}: ${issue?.message}`, {
    hint: 'write the shards again',
  });
}
