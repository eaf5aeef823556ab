// Compiled programs on the disk, so that the same program on the same machine is compiled once.
//
// An entry is a SHA-256 of what follows, the length of a JSON header, the header, and what the plugin made of the program.

import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { cpus, homedir } from 'node:os';
import path from 'node:path';
import type { MemoryFigures } from './client.ts';

export type CachedProgram = {
  /** The executable as its plugin has serialized it. */
  readonly bytes: Uint8Array;
  readonly memory: MemoryFigures | null;
};

export type ExecutableCache = {
  /** An entry; null where there is none, or a damaged one. */
  read(key: string): CachedProgram | null;
  /** Keeps an entry if that can be; a full disk is no reason to fail. */
  write(key: string, program: CachedProgram): void;
  remove(key: string): void;
};

/** Bytes of all entries, at most; those that were used last are kept. */
const MAX_BYTES = 2 ** 30;
const SUFFIX = '.pjrt';

/** The user's folder for compiled programs; null where `PRIMORDIA_XLA_CACHE` is `off`. */
export function executableCacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | null {
  const named = environment.PRIMORDIA_XLA_CACHE;
  if (named) return named === 'off' ? null : named;
  const caches = environment.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(caches, 'primordia', 'xla');
}

export function openExecutableCache(folder: string, maxBytes = MAX_BYTES): ExecutableCache {
  const fileOf = (key: string) => path.join(folder, `${key}${SUFFIX}`);
  const remove = (key: string) => quietly(() => rmSync(fileOf(key), { force: true }));
  return {
    read(key) {
      const found = quietly(() => decodeEntry(readFileSync(fileOf(key))));
      // What was used last is kept longest.
      if (found) quietly(() => utimesSync(fileOf(key), new Date(), new Date()));
      return found ?? null;
    },
    write(key, program) {
      const entry = encodeEntry(program);
      const size = entry.reduce((sum, { length }) => sum + length, 0);
      if (size > maxBytes / 4) return;
      quietly(() => {
        // Whoever can write there decides what this user runs.
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        makeRoom(folder, maxBytes - size);
        writeAtomic(fileOf(key), Buffer.concat(entry));
      });
    },
    remove,
  };
}

/** What a cache holds. */
export type CacheContent = {
  readonly folder: string;
  readonly programs: number;
  readonly bytes: number;
  /** Bytes of all entries, at most. */
  readonly maxBytes: number;
};

/** What the user's cache holds; null where there is none. */
export function describeExecutableCache(
  folder: string | null = executableCacheFolder(),
): CacheContent | null {
  if (folder === null) return null;
  const entries = quietly(() => listEntries(folder)) ?? [];
  const programs = entries.filter(({ file }) => file.endsWith(SUFFIX));
  const bytes = programs.reduce((sum, { size }) => sum + size, 0);
  return { folder, programs: programs.length, bytes, maxBytes: MAX_BYTES };
}

/** What decides which machine code a program becomes. */
export type ProgramIdentity = {
  /** Hash of the plugin's bytes. */
  readonly plugin: string;
  readonly version: string;
  readonly devices: readonly string[];
  readonly text: string;
  /** Compile options, encoded. */
  readonly options: Uint8Array;
};

/** The name of a program's entry. */
export function programKey({ text, options, ...rest }: ProgramIdentity): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ format: 1, host: describeHost(), ...rest }));
  hash.update('\0').update(options).update('\0').update(text);
  return hash.digest('hex');
}

/** The processor: folders of users are shared by machines whose instructions differ. */
function describeHost(): string[] {
  const flags = quietly(() =>
    /^(?:flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')),
  );
  return [process.platform, process.arch, cpus()[0]?.model ?? '', flags?.[0] ?? ''];
}

/**
 * The hash of a plugin's bytes, hundreds of megabytes: noted in the cache's folder for as long as the file is not written to.
 *
 * @param file path of the library
 */
export function hashPlugin(file: string, folder: string): string {
  const { size, mtimeNs, ino } = statSync(file, { bigint: true });
  const place = createHash('sha256').update(`${path.resolve(file)}\0${size}\0${mtimeNs}\0${ino}`);
  const note = path.join(folder, `${place.digest('hex')}.plugin`);
  const known = quietly(() => readFileSync(note, 'latin1'));
  if (known && /^[0-9a-f]{64}$/.test(known)) return known;
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  quietly(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeAtomic(note, Buffer.from(hash));
  });
  return hash;
}

function encodeEntry({ bytes, memory }: CachedProgram): Buffer[] {
  const header = Buffer.from(JSON.stringify({ memory }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const hash = createHash('sha256').update(length).update(header).update(bytes).digest();
  return [hash, length, header, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)];
}

/** @returns undefined for an entry that is cut short, or has other bytes than were written */
function decodeEntry(entry: Buffer): CachedProgram | undefined {
  const content = entry.subarray(32);
  const hash = createHash('sha256').update(content).digest();
  if (!hash.equals(entry.subarray(0, 32)) || content.length < 4) return undefined;
  const end = 4 + content.readUInt32LE(0);
  const { memory } = JSON.parse(content.toString('utf8', 4, end)) as Pick<CachedProgram, 'memory'>;
  return { bytes: content.subarray(end), memory };
}

/** Removes the entries that were not used for longest, until the others have at most `bytes` bytes, and what writers left. */
function makeRoom(folder: string, bytes: number): void {
  const entries = listEntries(folder).sort((a, b) => b.usedMs - a.usedMs);
  let total = 0;
  for (const { file, size } of entries) {
    total += size;
    if (total > bytes) rmSync(file, { force: true });
  }
}

/** Entries, and what writers left of such. */
function listEntries(folder: string) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX) || name.includes('.tmp-'))
    .flatMap((name) => {
      const file = path.join(folder, name);
      const found = statSync(file, { throwIfNoEntry: false });
      return found ? [{ file, size: found.size, usedMs: found.mtimeMs }] : [];
    });
}

/** A reader sees a file whole or not at all; what a crash leaves of it fails its hash. */
function writeAtomic(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.tmp-${process.pid}`;
  try {
    writeFileSync(temporary, bytes, { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A cache that cannot be read or written is as good as none. */
function quietly<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}
