// Answers on disk, one file per request, so that a stopped run asks for nothing twice.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { formatJson, readJsonFile, writeJsonAtomic } from '../files/index.ts';
import { listFolder } from '../files/read-file.ts';
import { recoverTemporaries } from '../files/temporaries.ts';
import type { Endpoint } from './endpoint.ts';
import type { Completion, CompletionRequest, UsageTotals } from './language-model.ts';
import { addUsage, NO_USAGE } from './spending-gate.ts';

const FORMAT = 1;
const MAX_ENTRY_BYTES = 2 ** 26;
const FILE_NAME = /^[0-9a-f]{64}\.json$/;

/** What a file holds beside its checksum. */
type CacheEntry = {
  readonly format: number;
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
  readonly request: CompletionRequest;
  readonly completion: Omit<Completion, 'cached'>;
  /** What the answer took: failed attempts are in it. */
  readonly spent: UsageTotals;
};

/** The sha256, in hexadecimal, of all that makes a request another one: server, model, messages, settings, tag. */
export function requestFingerprint(endpoint: Endpoint, request: CompletionRequest): string {
  const { protocol, model, baseUrl } = endpoint;
  return fingerprint({ provider: protocol.provider, model, baseUrl, request });
}

function fingerprint(entry: Omit<CacheEntry, 'format' | 'completion' | 'spent'>): string {
  const { provider, model, baseUrl, request } = entry;
  return hash([
    FORMAT,
    provider,
    model,
    baseUrl,
    request.messages.map(({ role, content }) => [role, content]),
    request.temperature ?? null,
    request.maxTokens ?? null,
    request.seed ?? null,
    request.tag ?? null,
  ]);
}

export class CompletionCache {
  readonly #directory: string;
  readonly #onDamage: (file: string, reason: string) => void;

  /** Makes the folder when it is missing, and clears up after writers that died. Throws UserError when it cannot. */
  constructor(directory: string, onDamage: (file: string, reason: string) => void) {
    this.#directory = directory;
    this.#onDamage = onDamage;
    ensureDirectory(directory);
    recoverTemporaries(directory);
  }

  /** The answer kept under a fingerprint, or null. A damaged file is reported and counts as none. */
  read(key: string): Omit<Completion, 'cached'> | null {
    const file = this.#fileOf(key);
    if (!existsSync(file)) return null;
    const entry = readEntry(file);
    if (typeof entry !== 'string' && fingerprint(entry) === key) return entry.completion;
    this.#onDamage(file, typeof entry === 'string' ? entry : 'it belongs to another request');
    return null;
  }

  /** Keeps an answer; it is on the disk when this returns. Throws UserError if writing fails. */
  write(
    key: string,
    endpoint: Endpoint,
    request: CompletionRequest,
    completion: Omit<Completion, 'cached'>,
    spent: UsageTotals,
  ): void {
    const entry: CacheEntry = {
      format: FORMAT,
      provider: endpoint.protocol.provider,
      model: endpoint.model,
      baseUrl: endpoint.baseUrl,
      request,
      completion,
      spent,
    };
    writeJsonAtomic(this.#fileOf(key), { ...entry, checksum: hash(entry) });
  }

  #fileOf(key: string): string {
    return path.join(this.#directory, `${key}.json`);
  }
}

/**
 * What the answers in a cache folder took, retries included. After a run that was killed this is the surest total:
 * it lacks only requests that never got an answer. Damaged files are left out.
 */
export function readCacheUsage(directory: string): UsageTotals {
  if (!existsSync(directory)) return NO_USAGE;
  return listFolder(directory)
    .filter((name) => FILE_NAME.test(name))
    .map((name) => readEntry(path.join(directory, name)))
    .filter((entry) => typeof entry !== 'string')
    .reduce((sum, entry) => addUsage(sum, entry.spent), NO_USAGE);
}

/** A file's entry, or why it has none. Only files that this module wrote pass, unchanged since. */
function readEntry(file: string): CacheEntry | string {
  let json: unknown;
  try {
    json = readJsonFile(file, { maxBytes: MAX_ENTRY_BYTES });
  } catch (error) {
    return error instanceof UserError && /is not JSON|nested/.test(error.message)
      ? 'it is not JSON'
      : 'it cannot be read';
  }
  if (typeof json !== 'object' || json === null) return 'it is not an object';
  const { checksum, ...entry } = json as CacheEntry & { checksum: unknown };
  if (entry.format !== FORMAT) return `its format is not ${FORMAT}`;
  return checksum === hash(entry) ? entry : 'its checksum does not agree';
}

function hash(value: unknown): string {
  return createHash('sha256').update(formatJson(value)).digest('hex');
}
