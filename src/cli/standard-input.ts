// Standard input of commands that take options and warriors from it: read once, when it is first asked for.

import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { readStandardInput } from '../files/read-standard-input.ts';
import { createTextCursor, type TextCursor } from './pmars/text-cursor.ts';

export type StandardInput = {
  /** Text with a character per byte. */
  readonly cursor: () => TextCursor;
  /** The rest after options and warriors; standard input itself if nothing was read from it. */
  readonly stream: () => Readable & { readonly isTTY?: boolean };
};

/** More is neither warriors nor options. */
const MAX_BYTES = 2 ** 24;

export function createStandardInput(): StandardInput {
  let cursor: TextCursor | undefined;
  return {
    cursor: () => {
      cursor ??= createTextCursor(Buffer.from(readStandardInput(MAX_BYTES)).toString('latin1'));
      return cursor;
    },
    stream: () =>
      cursor === undefined ? process.stdin : Readable.from([Buffer.from(cursor.rest(), 'latin1')]),
  };
}
