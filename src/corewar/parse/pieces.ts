// Text that the assembler puts together, each piece with its place in the source: what EQU, FOR and labels put in is found where
// the source uses it.

import type { Place } from './diagnostics.ts';
import type { Locate } from './tokens.ts';

export type Piece = {
  readonly text: string;
  readonly place: Place;
  /** A number, a name, or what stands for one: two of them side by side are suspect. */
  readonly isValue: boolean;
};

export function joinPieces(pieces: readonly Piece[]): string {
  let text = '';
  for (const piece of pieces) text += piece.text;
  return text;
}

/** Index of the piece that an offset of the joined text lies in; the last one beyond its end, -1 where there is none. */
export function pieceAt(pieces: readonly Piece[], offset: number): number {
  let end = 0;
  for (const [index, { text }] of pieces.entries()) {
    end += text.length;
    if (offset < end) return index;
  }
  return pieces.length - 1;
}

/** Places of the joined text, for offsets that only grow. */
export function locateIn(pieces: readonly Piece[]): Locate {
  let index = 0;
  let end = pieces[0]?.text.length ?? 0;
  return (offset) => {
    while (offset >= end && index < pieces.length - 1) end += pieces[++index]!.text.length;
    return pieces[index]!.place;
  };
}

/** Two values with no operator between them; a modifier is none. */
export function findSideBySide(pieces: readonly Piece[]): readonly [Piece, Piece] | null {
  for (let i = 1; i < pieces.length; i++) {
    const [before, after] = [pieces[i - 1]!, pieces[i]!];
    const isModifier = pieces[i - 2]?.text.trimEnd() === '.';
    if (before.isValue && after.isValue && !isModifier && before.place !== after.place) {
      return [before, after];
    }
  }
  return null;
}
