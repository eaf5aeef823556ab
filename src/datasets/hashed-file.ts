// A file that is written once, from beginning to end, hashed on the way, and seen under its name only when complete.

import { createHash } from 'node:crypto';
import * as nodeFs from 'node:fs';
import path from 'node:path';
import { explainingErrors, type FileOperations, writeFully } from '../files/atomic.ts';

/** A complete file: its name in the folder, its size, SHA-256 in lower-case hex. */
type FileRecord = { readonly name: string; readonly bytes: number; readonly sha256: string };

/** Close it with `publish` or `discard`. */
export class HashedFile {
  readonly filePath: string;
  private readonly files: FileOperations;
  private readonly temporary: string;
  private readonly hash = createHash('sha256');
  private descriptor: number | null;
  private size = 0;

  /** @throws UserError if writing fails */
  constructor(filePath: string, files: FileOperations = nodeFs) {
    this.filePath = filePath;
    this.files = files;
    this.temporary = `${filePath}.tmp-${process.pid}`;
    this.descriptor = explainingErrors(filePath, () => files.openSync(this.temporary, 'w'));
  }

  /** Bytes written so far: the position of the next one. */
  get position(): number {
    return this.size;
  }

  /** @throws UserError if writing fails */
  write(bytes: Uint8Array): void {
    explainingErrors(this.filePath, () => writeFully(this.descriptor!, bytes, this.files));
    this.hash.update(bytes);
    this.size += bytes.length;
  }

  /**
   * Waits until the bytes are on the disk and gives the file its name, which replaces a file that had it.
   *
   * @throws UserError if writing fails
   */
  publish(): FileRecord {
    explainingErrors(this.filePath, () => {
      this.files.fsyncSync(this.descriptor!);
      this.close();
      this.files.renameSync(this.temporary, this.filePath);
    });
    return {
      name: path.basename(this.filePath),
      bytes: this.size,
      sha256: this.hash.digest('hex'),
    };
  }

  /** Removes what was written. Never throws: it is called where something has gone wrong already. */
  discard(): void {
    try {
      this.close();
      this.files.rmSync(this.temporary, { force: true });
    } catch {
      // What is left is cleared up by the next writer in this folder.
    }
  }

  private close(): void {
    if (this.descriptor === null) return;
    const descriptor = this.descriptor;
    this.descriptor = null;
    this.files.closeSync(descriptor);
  }
}
