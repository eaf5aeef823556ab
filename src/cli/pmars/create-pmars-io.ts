// The surroundings of `pmars` in a process.

import { Buffer } from 'node:buffer';
import { readRegularFile } from '../../files/read-file.ts';
import { readDescriptor, readStandardInput } from '../../files/read-standard-input.ts';
import { writeText } from '../write-text.ts';
import { fromBinaryText } from './binary-text.ts';
import type { PmarsIo } from './pmars-io.ts';
import { createTextCursor, type TextCursor } from './text-cursor.ts';

/** Larger files are neither warriors nor options. */
const MAX_BYTES = 2 ** 24;

/** Streams of the process and files of the system. */
export function createPmarsIo(): PmarsIo {
  let cursor: TextCursor | undefined;
  return {
    writeOutput: (binary) => {
      // A terminal obeys control characters; files and pipes get the bytes as they are.
      if (process.stdout.isTTY) writeText(process.stdout, fromBinaryText(binary));
      else process.stdout.write(binary, 'latin1');
    },
    writeError: (text) => writeText(process.stderr, text),
    readStandardInput: () => {
      cursor ??= createTextCursor(Buffer.from(readStandardInput(MAX_BYTES)).toString('latin1'));
      return cursor;
    },
    readFile: (name) => readFile(fromBinaryText(name)),
    time: Math.floor(Date.now() / 1000),
  };
}

/** A regular file, or what a shell makes of `<(command)`. */
function readFile(name: string): Uint8Array {
  if (name === '/dev/stdin') return readStandardInput(MAX_BYTES);
  const [, descriptor] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/.exec(name) ?? [];
  if (descriptor !== undefined) return readDescriptor(Number(descriptor), name, MAX_BYTES);
  const directoryHint = 'name a warrior in it, such as imp.red';
  return readRegularFile(name, { maxBytes: MAX_BYTES, directoryHint });
}
