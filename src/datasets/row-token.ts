// The token that some formats store with each sequence: in front of it, or at its end.

import { UserError } from '../core/index.ts';
import type { DatasetFormat, RowToken } from './formats/codec.ts';
import { GPT2_END_OF_TEXT } from './formats/llmc.ts';

/** Tokens of a sequence with its row token, unless a length is given: what contexts are multiples of. */
export const DEFAULT_ROW = 1024;

/** Whether sequences of a format have a token more on the disk. */
export function hasRowToken(format: DatasetFormat, bos: number | null | undefined): boolean {
  if (bos !== undefined && format !== 'llmc') {
    throw new UserError(`${format} does not put a token before its sequences`, {
      hint: 'leave --bos out, or make --format llmc',
    });
  }
  return format === 'megatron' || (format === 'llmc' && bos !== null);
}

/**
 * The row token: Megatron-LM's end of document is the first id after the vocabulary; what stands in front of documents
 * of llm.c is GPT-2's end of text, unless given.
 *
 * @throws UserError for an id that the vocabulary has, or that is none
 */
export function chooseRowToken(
  format: DatasetFormat,
  vocabSize: number,
  bos: number | null | undefined,
): RowToken {
  if (format === 'megatron') return { place: 'last', id: vocabSize };
  const id = bos ?? GPT2_END_OF_TEXT;
  if (Number.isSafeInteger(id) && id >= vocabSize && id < 2 ** 16) return { place: 'first', id };
  throw new UserError(
    id < vocabSize
      ? `the token before each sequence, ${id}, is one of the ${vocabSize} ids of the world`
      : `the token before each sequence, ${id}, does not fit uint16`,
    { hint: `give --bos an id from ${vocabSize} to 65535, or none` },
  );
}
