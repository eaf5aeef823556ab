// The environment of `pmars` in a process.

import { readRegularFile } from '../../files/read-file.ts';
import { readDescriptor, readStandardInput } from '../../files/read-standard-input.ts';
import { createStandardInput } from '../standard-input.ts';
import { writeText } from '../write-text.ts';
import { fromBinaryText } from './binary-text.ts';
import type { PmarsIo } from './pmars-io.ts';

/** Larger files are neither warriors nor options. */
const MAX_BYTES = 2 ** 24;

/** Streams of the process and files of the system. */
export function createPmarsIo(): PmarsIo {
  const input = createStandardInput();
  return {
    writeOutput: (binary) => {
      // Control characters are escaped for terminals; files and pipes get the bytes.
      if (process.stdout.isTTY) writeText(process.stdout, fromBinaryText(binary));
      else process.stdout.write(binary, 'latin1');
    },
    writeError: (text) => writeText(process.stderr, text),
    readStandardInput: input.cursor,
    readFile: (name) => readFile(fromBinaryText(name)),
    // Few battles are watched, so the viewer is loaded only for those.
    view: async (job, mode) => {
      const { viewBattle } = await import('../view-battle.ts');
      await viewBattle(job, mode, (line) => writeText(process.stderr, `${line}\n`));
    },
    debug: async (options) => {
      const { runDebugger } = await import('../run-debugger.ts');
      const streams = { input: input.stream(), output: process.stdout };
      return runDebugger({ ...options, ...streams, isPmars: true });
    },
    time: Math.floor(Date.now() / 1000),
  };
}

/** A regular file, or a pipe from a shell's `<(command)`. */
function readFile(name: string): Uint8Array {
  if (name === '/dev/stdin') return readStandardInput(MAX_BYTES);
  const [, descriptor] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/.exec(name) ?? [];
  if (descriptor !== undefined) return readDescriptor(Number(descriptor), name, MAX_BYTES);
  const directoryHint = 'name a warrior in it, such as imp.red';
  return readRegularFile(name, { maxBytes: MAX_BYTES, directoryHint });
}
