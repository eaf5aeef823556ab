// Pieces to one number; what is wrong is found at its place.

import type { PmarsVersion } from '../pmars-version.ts';
import type { Place, Report } from './diagnostics.ts';
import { evaluateExpression, type Registers } from './expressions.ts';
import { joinPieces, type Piece, pieceAt } from './pieces.ts';

export type NumberContext = {
  readonly registers: Registers;
  readonly pmars: PmarsVersion;
  readonly report: Report;
};

type NumberProblem = {
  readonly problem: string;
  readonly hint?: string;
  /** Null if there is nothing to point at. */
  readonly place: Place | null;
};

/** The value of an expression, or what is wrong with it; overflow and a single `=` are reported as warnings. */
export function evaluatePieces(
  pieces: readonly Piece[],
  fallback: Place,
  { registers, pmars, report }: NumberContext,
): bigint | NumberProblem {
  const result = evaluateExpression(joinPieces(pieces), registers, pmars);
  const placeAt = (offset: number) => pieces[pieceAt(pieces, offset)]?.place ?? null;
  if ('problem' in result) {
    const { problem, hint, at } = result;
    return { problem, ...(hint === undefined ? {} : { hint }), place: placeAt(at) };
  }
  if (result.isOverflow) {
    report.warn('overflow', pieces[0]?.place ?? fallback, 'a number beyond 64 bits wraps around');
  }
  if (result.swallows >= 0) {
    report.warn(
      'advice',
      placeAt(result.swallows) ?? fallback,
      "pMARS reads a single '=' as '==' and skips the character after it",
      "write '=='",
    );
  }
  return result.value;
}

/** The value of an expression, or null after an error. `fallback` is the place of an error that has no piece. */
export function readNumber(
  pieces: readonly Piece[],
  fallback: Place,
  context: NumberContext,
): bigint | null {
  const result = evaluatePieces(pieces, fallback, context);
  if (typeof result === 'bigint') return result;
  const { problem, hint, place } = result;
  context.report.error('expression', place ?? fallback, problem, hint);
  return null;
}
