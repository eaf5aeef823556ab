// Checkpoints of a run: folders that appear by one rename and list their files with sizes and hashes. Resuming finds
// the newest intact one.

import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type NdArray, UserError } from '../core/index.ts';
import {
  contentPieces,
  ensureDirectory,
  type FileContent,
  type FileOperations,
  removeDirectoryAtomic,
  syncFile,
  writeDirectoryAtomic,
  writeFileDurably,
} from '../files/atomic.ts';
import { parseJson } from '../files/json.ts';
import { listFolder, readRegularText } from '../files/read-file.ts';
import { safetensorsPieces } from '../files/safetensors.ts';
import { formatSealedJson } from '../files/sealed-json.ts';
import { recoverTemporaries } from '../files/temporaries.ts';

/** Arrays for a safetensors file. */
type TensorsContent = {
  readonly tensors: Readonly<Record<string, NdArray>>;
  readonly metadata?: Readonly<Record<string, string>>;
};

/** One file of a checkpoint. */
export type CheckpointFile = {
  /** Path inside the checkpoint with `/` between folders, such as `model.safetensors` or `teacher/config.json`. */
  readonly name: string;
  /** Text, bytes, bytes in pieces, arrays, or a function that writes the file at the path it is given. */
  readonly content: FileContent | TensorsContent | ((filePath: string) => void);
};

type SaveCheckpointOptions = {
  /** The folder of checkpoints; it is created if missing. */
  readonly directory: string;
  /** Optimizer steps done; the checkpoint is named after it. */
  readonly step: number;
  readonly files: readonly CheckpointFile[];
  /** Checkpoints to keep, the new one included; at least 1, by default all. */
  readonly keepLast?: number;
};

/** A checkpoint on disk whose manifest was read. */
export type Checkpoint = {
  readonly path: string;
  readonly step: number;
  readonly files: readonly CheckpointEntry[];
};

/** A file as the manifest lists it; `size` in bytes, `sha256` in lower-case hex. */
type CheckpointEntry = {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
};

type VerifyOptions = {
  /** Also reads every file and compares its SHA-256. Sizes are always compared. */
  readonly hashes?: boolean;
  /** Only these files, if the checkpoint has them; by default all. */
  readonly only?: readonly string[];
};

const MANIFEST = 'checkpoint.json';
const FORMAT = 'primordia-checkpoint';
/** Since version 2 the manifest has a hash of itself; those of version 1, without, are still read. */
const VERSION = 2;
const FOLDER = /^step-(\d{8,15})(?:\.old-\d+)?$/;
const READ_SIZE = 2 ** 20;
const LARGEST_MANIFEST = 2 ** 24;

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal([1, VERSION]),
  /** Of the rest. */
  sha256: z.string().optional(),
  step: z.int().nonnegative(),
  files: z.array(
    z.strictObject({
      name: z.string(),
      size: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/** The folder name of a checkpoint: `step-00000120`. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

/**
 * Saves a checkpoint. It is complete and on the disk when this returns; until then its name does not
 * exist, and earlier checkpoints are untouched. One of the same step is replaced.
 * Then the oldest are removed until `keepLast` intact ones up to this step remain. Damaged ones older
 * than this step are removed too; later ones, of a run that was rewound, are left to
 * `rewindCheckpoints`. If only a removal fails, the new checkpoint still exists.
 * The bytes depend only on the content: no date, no machine.
 *
 * @returns the checkpoint, and the paths of those removed
 * @throws UserError if writing fails (the hint names the last whole checkpoint) or for a bad
 *   option; whatever a writer function throws
 */
export function saveCheckpoint(
  options: SaveCheckpointOptions,
  files?: FileOperations,
): { readonly checkpoint: Checkpoint; readonly removed: readonly string[] } {
  const { directory, step, keepLast } = options;
  checkOptions(options);
  const target = path.join(directory, checkpointName(step));
  let entries: readonly CheckpointEntry[] = [];
  try {
    ensureDirectory(directory, { parents: 1, files });
    recoverTemporaries(directory, { files });
    writeDirectoryAtomic(
      target,
      (temporary) => {
        entries = writeCheckpoint(temporary, step, options.files, files);
      },
      files,
    );
  } catch (error) {
    throw withLastGood(error, target);
  }
  const removed = keepLast === undefined ? [] : pruneCheckpoints(directory, step, keepLast, files);
  return { checkpoint: { path: target, step, files: entries }, removed };
}

/**
 * Writes files and their manifest into an existing folder, one after the other: `saveCheckpoint` without its atomicity.
 */
export function writeCheckpoint(
  folder: string,
  step: number,
  content: readonly CheckpointFile[],
  files?: FileOperations,
): readonly CheckpointEntry[] {
  const entries = content.map((file) => writeEntry(folder, file, files));
  const manifest = { format: FORMAT, version: VERSION, step, files: entries };
  writeFileDurably(path.join(folder, MANIFEST), formatSealedJson(manifest), files);
  return entries;
}

/**
 * Removes the oldest checkpoints until `keepLast` intact ones up to `step` remain, and damaged ones before it. Saving does so too;
 * a resumed run does it again, because the earlier process may have died in between.
 *
 * @returns the paths removed
 * @throws UserError if writing fails
 */
export function pruneCheckpoints(
  directory: string,
  step: number,
  keepLast: number,
  files?: FileOperations,
): readonly string[] {
  const removed = outdated(directory, step, keepLast);
  for (const folder of removed) removeDirectoryAtomic(folder, files);
  return removed;
}

/** The checkpoints in a folder, oldest step first, not verified; none when the folder is missing. */
export function listCheckpoints(
  directory: string,
): { readonly path: string; readonly step: number }[] {
  if (!existsSync(directory)) return [];
  const byStep = new Map<number, string>();
  // A folder moved aside by a replacement that never finished stands in for its step; in order of
  // names the proper one comes first.
  for (const name of listFolder(directory)) {
    const step = Number(FOLDER.exec(name)?.[1] ?? Number.NaN);
    if (!Number.isNaN(step) && !byStep.has(step)) byStep.set(step, path.join(directory, name));
  }
  return [...byStep]
    .map(([step, folder]) => ({ path: folder, step }))
    .sort((a, b) => a.step - b.step);
}

/**
 * The newest intact checkpoint in a folder, or null; `warnings` has a line for each newer one that
 * was skipped because it is damaged. Changes nothing on disk.
 */
export function findLatestCheckpoint(
  directory: string,
  options: VerifyOptions = {},
): { readonly checkpoint: Checkpoint | null; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  for (const { path: folder } of listCheckpoints(directory).reverse()) {
    try {
      return { checkpoint: readCheckpoint(folder, options), warnings };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      warnings.push(error.message);
    }
  }
  return { checkpoint: null, warnings };
}

/**
 * The newest intact checkpoint in a folder, every byte verified; `warn` is told of damaged newer ones.
 *
 * @returns null if there are no checkpoints at all
 * @throws UserError if all of them are damaged: starting again is for the user to decide
 */
export function findWholeCheckpoint(
  directory: string,
  warn: (text: string) => void,
): Checkpoint | null {
  const { checkpoint, warnings } = findLatestCheckpoint(directory, { hashes: true });
  if (!checkpoint && warnings.length > 0) {
    throw new UserError(`no checkpoint is intact: ${warnings.join('; ')}`, {
      hint: `restore a copy, or remove ${directory} to start that stage again`,
    });
  }
  for (const warning of warnings) warn(`${warning}; the checkpoint before it is used`);
  return checkpoint;
}

/**
 * Reads a checkpoint's manifest and verifies its files.
 *
 * @throws UserError if there is no checkpoint, the manifest is damaged, or a file is missing or
 *   has another size (or, with `hashes`, other bytes)
 */
export function readCheckpoint(folder: string, options: VerifyOptions = {}): Checkpoint {
  const { step, files } = readManifest(folder);
  const named = FOLDER.exec(path.basename(path.resolve(folder)))?.[1];
  if (named !== undefined && Number(named) !== step) {
    damaged(folder, `its manifest says step ${step}`);
  }
  const { only } = options;
  for (const { name, size, sha256 } of files) {
    if (only && !only.includes(name)) continue;
    const filePath = path.join(folder, name);
    const status = statSync(filePath, { throwIfNoEntry: false });
    if (!status?.isFile()) damaged(folder, `${name} is missing`);
    if (status.size !== size)
      damaged(folder, `${name} has ${status.size} bytes instead of ${size}`);
    if (options.hashes && hashFile(filePath) !== sha256) {
      damaged(folder, `${name} has changed since it was written`);
    }
  }
  return { path: folder, step, files };
}

/**
 * Removes the checkpoints after `step`, for a run that is resumed from an earlier one: they belong to
 * an abandoned course of training.
 *
 * @returns the paths removed
 * @throws UserError if writing fails
 */
export function rewindCheckpoints(
  directory: string,
  step: number,
  files?: FileOperations,
): readonly string[] {
  // Newest first: if this is interrupted, the rest still has no gap.
  const removed = listCheckpoints(directory)
    .filter((checkpoint) => checkpoint.step > step)
    .map((checkpoint) => checkpoint.path)
    .reverse();
  for (const folder of removed) removeDirectoryAtomic(folder, files);
  return removed;
}

function checkOptions({ step, keepLast, files }: SaveCheckpointOptions): void {
  if (!Number.isSafeInteger(step) || step < 0 || step >= 1e15) {
    throw new UserError(`checkpoint step ${step} is not a whole number`);
  }
  if (keepLast !== undefined && !(Number.isSafeInteger(keepLast) && keepLast >= 1)) {
    throw new UserError(`keepLast must be a whole number of at least 1, got ${keepLast}`, {
      hint: 'leave it out to keep every checkpoint',
    });
  }
  const seen = new Set<string>([MANIFEST]);
  for (const { name } of files) {
    if (!isPlainName(name)) {
      throw new UserError(
        `checkpoint file name ${JSON.stringify(name)} is not a plain relative path`,
      );
    }
    // Some file systems do not tell upper from lower case.
    const folded = name.toLowerCase();
    if (seen.has(folded)) throw new UserError(`checkpoint file name ${name} is taken`);
    seen.add(folded);
  }
}

/** Whether a name stays inside its folder on every system. */
function isPlainName(name: string): boolean {
  return name.split('/').every((part) => /^[\w-][\w.+-]*$/.test(part));
}

function writeEntry(
  folder: string,
  { name, content }: CheckpointFile,
  files?: FileOperations,
): CheckpointEntry {
  const filePath = path.join(folder, name);
  if (name.includes('/')) ensureDirectory(path.dirname(filePath), { files });
  if (typeof content === 'function') {
    content(filePath);
    syncFile(filePath, files);
    return { name, size: statSync(filePath).size, sha256: hashFile(filePath) };
  }
  const plain =
    typeof content === 'object' && 'tensors' in content
      ? safetensorsPieces(content.tensors, content.metadata)
      : content;
  const hash = createHash('sha256');
  let size = 0;
  const counted = function* (): Iterable<Uint8Array> {
    for (const piece of contentPieces(plain)) {
      hash.update(piece);
      size += piece.length;
      yield piece;
    }
  };
  writeFileDurably(filePath, counted(), files);
  return { name, size, sha256: hash.digest('hex') };
}

/** The folders before `step` that `keepLast` leaves no room for, oldest first. */
function outdated(directory: string, step: number, keepLast: number): string[] {
  const earlier = listCheckpoints(directory).filter((checkpoint) => checkpoint.step < step);
  // Damaged ones do not count: they must not displace one from which a run could be resumed.
  const whole = earlier.map(({ path: folder }) => folder).filter(isWhole);
  const kept = new Set(whole.slice(Math.max(0, whole.length - (keepLast - 1))));
  return earlier.map(({ path: folder }) => folder).filter((folder) => !kept.has(folder));
}

function isWhole(folder: string): boolean {
  try {
    readCheckpoint(folder);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** Whether a folder has the manifest of a checkpoint; Hugging Face's folders have none. */
function hasManifest(folder: string): boolean {
  return existsSync(path.join(folder, MANIFEST));
}

/**
 * Verifies, byte by byte, the files that are read from a model's folder, if it is one of our checkpoints. Files that were left
 * out of a copy are not required.
 *
 * @param names the files that are read
 * @throws UserError naming the file that is damaged
 */
export function verifyModelFiles(folder: string, names: readonly string[]): void {
  if (!hasManifest(folder)) return;
  const only = names.filter((name) => existsSync(path.join(folder, name)));
  try {
    readCheckpoint(folder, { hashes: true, only });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, {
      hint: `use another checkpoint; if the files were changed on purpose, remove ${MANIFEST}`,
      cause: error,
    });
  }
}

function readManifest(folder: string): z.infer<typeof manifestSchema> {
  let text: string;
  try {
    text = readRegularText(path.join(folder, MANIFEST), { maxBytes: LARGEST_MANIFEST });
  } catch (error) {
    throw new UserError(`${folder}: not a checkpoint, ${MANIFEST} cannot be read`, {
      hint: 'give a folder such as checkpoints/step-00000120',
      cause: error,
    });
  }
  let json: unknown;
  try {
    json = parseJson(text, MANIFEST);
  } catch {
    damaged(folder, `${MANIFEST} is not JSON`);
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    damaged(folder, `${MANIFEST}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { sha256: _, ...manifest } = parsed.data;
  if (manifest.version !== 1 && formatSealedJson(manifest) !== text) {
    damaged(folder, `${MANIFEST} is not what was written`);
  }
  const strange = parsed.data.files.find(({ name }) => !isPlainName(name));
  if (strange) damaged(folder, `${MANIFEST} lists ${JSON.stringify(strange.name)}`);
  return parsed.data;
}

function damaged(folder: string, problem: string): never {
  throw new UserError(`${folder}: damaged checkpoint, ${problem}`, {
    hint: 'use the checkpoint before it',
  });
}

function withLastGood(error: unknown, target: string): unknown {
  if (!(error instanceof UserError)) return error;
  const { checkpoint } = findLatestCheckpoint(path.dirname(target));
  const last = checkpoint
    ? `the last good checkpoint is ${checkpoint.path}`
    : 'there is no earlier checkpoint';
  const hint = error.hint === undefined ? last : `${error.hint}; ${last}`;
  // The name of the temporary folder means nothing to the reader.
  const message = error.message.replace(`${target}.tmp-${process.pid}`, target);
  return new UserError(message, { hint, cause: error.cause });
}

/** SHA-256 of a file, read in pieces, in lower-case hex. */
export function hashFile(filePath: string): string {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(READ_SIZE);
  const descriptor = openSync(filePath, 'r');
  try {
    for (;;) {
      const count = readSync(descriptor, buffer, 0, buffer.length, null);
      if (count === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, count));
    }
  } finally {
    closeSync(descriptor);
  }
}
