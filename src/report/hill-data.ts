// A hill as its page shows it: ranked, with the results of all pairs by rank.

import { type Hill, type HillRow, pairKey, rankHill } from '../arena/index.ts';
import { truncateText } from '../chart/format.ts';
import { escapeControlCharacters } from '../core/index.ts';

/** Rounds that the warrior of the row won, lost and tied; null where the pair has not been played. */
export type Tally = { readonly wins: number; readonly losses: number; readonly ties: number };

export type HillData = {
  readonly hill: Hill;
  /** The name of the hill's file, without its folder. */
  readonly file: string;
  readonly rows: readonly HillRow[];
  /** `[row][column]`, by rank; null on the diagonal. */
  readonly tallies: readonly (readonly (Tally | null)[])[];
  /** `[row * warriors + column]`: wins minus losses as a share of the rounds, 0 where nothing was played. */
  readonly margins: Float64Array;
  readonly played: number;
  readonly pairs: number;
};

export function readHillData(hill: Hill, file: string): HillData {
  const rows = rankHill(hill);
  const count = rows.length;
  const margins = new Float64Array(count * count);
  let played = 0;
  const tallies = rows.map(({ entry: { id } }, i) =>
    rows.map(({ entry: other }, j): Tally | null => {
      const result = i === j ? undefined : hill.results.get(pairKey(id, other.id));
      if (!result) return null;
      const [wins, losses] = id < other.id ? result : [result[1], result[0]];
      margins[i * count + j] = (wins - losses) / hill.rules.rounds;
      if (i < j) played++;
      return { wins, losses, ties: result[2] };
    }),
  );
  return { hill, file, rows, tallies, margins, played, pairs: (count * (count - 1)) / 2 };
}

/** Longer names are cut. */
const MAX_NAME = 80;

/** A name as it is shown: names are anybody's text. */
export function showName(name: string): string {
  return truncateText(escapeControlCharacters(name), MAX_NAME);
}

/**
 * Half the width of the score's 95 % interval: what other places would change. Rounds count as draws from one pool, which
 * makes it too wide rather than too narrow, as opponents are always the same.
 */
export function scoreMargin({ wins, ties, score }: HillRow, rounds: number): number | null {
  if (rounds === 0) return null;
  const variance = (9 * wins + ties) * 100 - score ** 2;
  return 1.96 * Math.sqrt(Math.max(0, variance) / rounds);
}
