// Train and validation texts that share no document.

import { foldIn, keyFromSeed, UserError } from '../core/index.ts';
import type { Corpus } from './corpus.ts';

export type SplitOptions = {
  /** Share of documents for validation, between 0 and 1 (default 0.1). */
  readonly validationFraction?: number;
  /** Another seed draws other documents (default 0). */
  readonly seed?: number;
};

export type CorpusSplit = { readonly train: string[]; readonly validation: string[] };

/** With fewer documents than this, long ones are cut, so that a share of them can be held out. */
const FEW_DOCUMENTS = 100;
/** Characters in a piece of a cut document. */
const PIECE_LENGTH = 10_000;

/**
 * Splits a corpus. Each document's side is drawn from its text and the seed alone, so adding or
 * removing others does not move it, and copies stay together. In a corpus of fewer than 100
 * documents the long ones are first cut at paragraphs into pieces of about 10,000 characters;
 * neighboring pieces on one side are joined again. A side that the draw leaves empty gets the
 * document nearest to it.
 *
 * @throws UserError if there are not two different documents or pieces; RangeError for a fraction outside (0, 1)
 */
export function splitCorpus(
  corpus: Corpus,
  { validationFraction = 0.1, seed = 0 }: SplitOptions = {},
): CorpusSplit {
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw new RangeError(`validationFraction must be between 0 and 1, got ${validationFraction}`);
  }
  const cut = corpus.documents.length < FEW_DOCUMENTS;
  const documents = corpus.documents.map((text) => (cut ? cutText(text, PIECE_LENGTH) : [text]));
  const draws = documents.map((pieces) => pieces.map((piece) => drawText(piece, seed)));
  const threshold = adjustThreshold(validationFraction, draws.flat(), corpus.name);

  const split: CorpusSplit = { train: [], validation: [] };
  for (const [d, pieces] of documents.entries()) {
    let last: string[] | undefined;
    for (const [p, piece] of pieces.entries()) {
      const side = draws[d]![p]! < threshold ? split.validation : split.train;
      if (side === last) side.push(side.pop()! + piece);
      else side.push(piece);
      last = side;
    }
  }
  return split;
}

/** The threshold nearest to `fraction` that leaves a draw on each side. */
function adjustThreshold(fraction: number, draws: readonly number[], name: string): number {
  const sorted = [...new Set(draws)].sort((a, b) => a - b);
  if (sorted.length < 2) {
    throw new UserError(`the corpus ${name} is too small to hold out a part for validation`, {
      hint: `give two different documents, or one longer than ${PIECE_LENGTH} characters`,
    });
  }
  // A draw below the threshold is validation: the smallest must be, the largest must not.
  if (fraction <= sorted[0]!) return sorted[1]!;
  return Math.min(fraction, sorted.at(-1)!);
}

/** A number in [0, 1) from a text and a seed: two 32-bit FNV-1a lanes over the code units, mixed by Threefry. */
function drawText(text: string, seed: number): number {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
  }
  const [bits] = foldIn(foldIn(foldIn(keyFromSeed(seed), 'split'), a >>> 0), b >>> 0);
  return bits / 2 ** 32;
}

/**
 * Cuts a text into pieces of at most `length` characters, after a blank line where there is one in
 * the second half of a piece, else after a line, else after a space. Joined they are the text.
 */
export function cutText(text: string, length: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (text.length - start > length) {
    const end = findCut(text, start, start + length);
    pieces.push(text.slice(start, end));
    start = end;
  }
  pieces.push(text.slice(start));
  return pieces;
}

function findCut(text: string, start: number, limit: number): number {
  for (const boundary of ['\n\n', '\n', ' ']) {
    const end = text.lastIndexOf(boundary, limit - boundary.length) + boundary.length;
    if (end > start + (limit - start) / 2) return end;
  }
  const unit = text.charCodeAt(limit);
  const insidePair = unit >= 0xdc00 && unit <= 0xdfff;
  return insidePair && limit - 1 > start ? limit - 1 : limit;
}
