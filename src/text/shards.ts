// Token shards on disk: little-endian integers in tokens-00000.bin and so on, beside a manifest.

import { closeSync, existsSync, rmSync } from 'node:fs';
import { endianness } from 'node:os';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { ensureDirectory, explainingErrors, writeFileAtomic } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { listFolder, openRegularFile, readRegularFile } from '../files/read-file.ts';
import { checkRange, type TokenStream } from './batches.ts';
import {
  bytesPerToken,
  hashBytes,
  isShardManifest,
  MANIFEST_FILE,
  MANIFEST_FORMAT,
  MANIFEST_VERSION,
  readManifest,
  type ShardDType,
  type ShardManifest,
} from './shard-manifest.ts';

export type WriteShardsOptions = {
  readonly vocabSize: number;
  /** The id put between documents. */
  readonly endOfText: number;
  /** See `hashTokenizer`. */
  readonly tokenizerSha256: string;
  /** By default uint16 where the vocabulary fits (up to 65,536 ids), else uint32. */
  readonly dtype?: ShardDType;
  /** Tokens in a shard, the last one excepted (default 2^26). */
  readonly tokensPerShard?: number;
};

type ShardArray = Uint16Array | Uint32Array;

/**
 * Writes documents as shards into a folder, with `endOfText` between them; empty documents are left
 * out. Shards of an earlier write there are replaced. The manifest goes first and comes last, so a
 * folder with a manifest is always complete.
 *
 * @throws UserError if the dtype cannot hold the vocabulary, a token is outside it, there are no
 *   tokens, or the folder holds a manifest that is not of token shards
 */
export function writeShards(
  folder: string,
  documents: Iterable<Int32Array>,
  options: WriteShardsOptions,
): ShardManifest {
  const { vocabSize, endOfText, tokenizerSha256, tokensPerShard = 2 ** 26 } = options;
  const dtype = chooseDType(vocabSize, options.dtype);
  if (!Number.isSafeInteger(tokensPerShard) || tokensPerShard < 1) {
    throw new RangeError(`tokensPerShard must be a positive integer, got ${tokensPerShard}`);
  }
  if (!/^[0-9a-f]{64}$/.test(tokenizerSha256)) {
    throw new RangeError(`tokenizerSha256 must be 64 hexadecimal digits, got "${tokenizerSha256}"`);
  }
  clearFolder(folder);

  const shards: ShardManifest['shards'] = [];
  let shard = allocateShard(dtype, Math.min(tokensPerShard, 2 ** 16));
  let filled = 0;
  const flush = (): void => {
    const file = `tokens-${String(shards.length).padStart(5, '0')}.bin`;
    const bytes = toLittleEndian(shard.subarray(0, filled));
    writeFileAtomic(path.join(folder, file), bytes);
    shards.push({ file, tokens: filled, sha256: hashBytes(bytes) });
    filled = 0;
  };
  const append = (token: number): void => {
    if (!(token >= 0 && token < vocabSize)) {
      throw new UserError(`token ${token} is outside the vocabulary of ${vocabSize} ids`, {
        hint: 'write shards with the tokenizer that made the tokens',
      });
    }
    if (filled === tokensPerShard) flush();
    if (filled === shard.length) {
      const larger = allocateShard(dtype, Math.min(tokensPerShard, 2 * filled));
      larger.set(shard);
      shard = larger;
    }
    shard[filled++] = token;
  };

  let count = 0;
  for (const document of documents) {
    if (document.length === 0) continue;
    if (count > 0) append(endOfText);
    for (let i = 0; i < document.length; i++) append(document[i]!);
    count++;
  }
  if (count === 0) {
    throw new UserError(`no tokens to write into ${folder}`, { hint: 'the corpus is empty' });
  }
  flush();

  const manifest: ShardManifest = {
    format: MANIFEST_FORMAT,
    version: MANIFEST_VERSION,
    dtype,
    vocabSize,
    endOfText,
    tokenizerSha256,
    documents: count,
    tokens: shards.reduce((sum, { tokens }) => sum + tokens, 0),
    shards,
  };
  writeJsonAtomic(path.join(folder, MANIFEST_FILE), manifest);
  return manifest;
}

function chooseDType(vocabSize: number, wanted?: ShardDType): ShardDType {
  const dtype = wanted ?? (vocabSize <= 2 ** 16 ? 'uint16' : 'uint32');
  const capacity = 2 ** (8 * bytesPerToken(dtype));
  if (vocabSize > capacity) {
    throw new UserError(
      `a vocabulary of ${vocabSize} ids does not fit ${dtype}, which holds ${capacity}`,
      dtype === 'uint16' ? { hint: 'use uint32' } : {},
    );
  }
  return dtype;
}

function allocateShard(dtype: ShardDType, length: number): ShardArray {
  return dtype === 'uint16' ? new Uint16Array(length) : new Uint32Array(length);
}

/** Makes the folder and removes what an earlier write left, the manifest first. */
function clearFolder(folder: string): void {
  ensureDirectory(folder, { parents: 0 });
  const manifest = path.join(folder, MANIFEST_FILE);
  if (existsSync(manifest)) {
    if (!isShardManifest(manifest)) {
      throw new UserError(`${manifest} is in the way: it is not a manifest of token shards`, {
        hint: 'choose another folder, or remove the file',
      });
    }
    explainingErrors(manifest, () => rmSync(manifest), 'removing');
  }
  for (const name of listFolder(folder)) {
    if (!/^tokens-\d{5}\.bin$/.test(name)) continue;
    const shard = path.join(folder, name);
    explainingErrors(shard, () => rmSync(shard), 'removing');
  }
}

/** Bytes of tokens in the order of the disk; a copy on machines of the other order. */
function toLittleEndian(tokens: ShardArray): Uint8Array {
  const bytes = Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength);
  return swapOnBigEndian(
    endianness() === 'BE' ? Buffer.from(bytes) : bytes,
    tokens.BYTES_PER_ELEMENT,
  );
}

function swapOnBigEndian(bytes: Buffer, width: number): Buffer {
  if (endianness() === 'LE') return bytes;
  return width === 2 ? bytes.swap16() : bytes.swap32();
}

export type ReadShardsOptions = {
  /** Also compare the SHA-256 of each shard (default false: sizes only). */
  readonly verifyHashes?: boolean;
  /** The tokenizer the tokens must come from, as `hashTokenizer` gives it. */
  readonly tokenizerSha256?: string;
};

/** Token shards, in memory. */
export type TokenShards = TokenStream & { readonly manifest: ShardManifest };

/**
 * Reads the shards of a folder into memory.
 *
 * @throws UserError for a missing or foreign manifest, a missing shard, one whose size or hash is not
 *   the manifest's, or tokens of another tokenizer
 */
export function readShards(folder: string, options: ReadShardsOptions = {}): TokenShards {
  const manifest = readManifest(folder);
  const { tokenizerSha256: wanted } = options;
  if (wanted !== undefined && wanted !== manifest.tokenizerSha256) {
    throw new UserError(`the tokens in ${folder} come from another tokenizer`, {
      hint: 'use the tokenizer they were made with, or write the shards again',
    });
  }
  let start = 0;
  const shards = manifest.shards.map((entry) => {
    const tokens = readShard(folder, entry, manifest, options.verifyHashes ?? false);
    const shard = { start, tokens };
    start += tokens.length;
    return shard;
  });
  return {
    manifest,
    length: manifest.tokens,
    read: (from, count) => {
      checkRange(from, count, manifest.tokens);
      const out = new Int32Array(count);
      for (const shard of shards) {
        const begin = Math.max(from, shard.start);
        const end = Math.min(from + count, shard.start + shard.tokens.length);
        if (begin < end) {
          out.set(shard.tokens.subarray(begin - shard.start, end - shard.start), begin - from);
        }
      }
      return out;
    },
  };
}

function readShard(
  folder: string,
  entry: ShardManifest['shards'][number],
  { dtype, vocabSize }: ShardManifest,
  verifyHashes: boolean,
): ShardArray {
  const file = path.join(folder, entry.file);
  const again = { hint: 'copy the folder again, or write the shards again' };
  if (!existsSync(file)) throw new UserError(`the shard ${file} is missing`, again);
  const { descriptor, size } = openRegularFile(file);
  closeSync(descriptor);
  const expected = entry.tokens * bytesPerToken(dtype);
  if (size !== expected) {
    const other: ShardDType = dtype === 'uint16' ? 'uint32' : 'uint16';
    const problem =
      size === entry.tokens * bytesPerToken(other)
        ? `it looks like ${other}, the manifest says ${dtype}`
        : size < expected
          ? 'it is truncated'
          : 'it is too long';
    throw new UserError(`${file} has ${size} bytes, not ${expected}: ${problem}`, again);
  }
  const whole = readRegularFile(file, { maxBytes: expected });
  if (whole.length !== expected) throw new UserError(`${file} was cut while it was read`, again);
  const bytes = Buffer.from(whole.buffer);
  if (verifyHashes && hashBytes(bytes) !== entry.sha256) {
    throw new UserError(`${file} is damaged: its SHA-256 is not the manifest's`, again);
  }
  swapOnBigEndian(bytes, bytesPerToken(dtype));
  // A buffer from a pool may start at an odd address, which typed arrays do not take.
  const aligned = bytes.byteOffset % bytesPerToken(dtype) === 0 ? bytes : Uint8Array.from(bytes);
  const tokens =
    dtype === 'uint16'
      ? new Uint16Array(aligned.buffer, aligned.byteOffset, entry.tokens)
      : new Uint32Array(aligned.buffer, aligned.byteOffset, entry.tokens);
  const outside = tokens.find((token) => token >= vocabSize);
  if (outside !== undefined) {
    throw new UserError(`${file} holds token ${outside}, outside the ${vocabSize} ids`, again);
  }
  return tokens;
}
