// Rock, paper, scissors on a hill: triples in which each beats the next.

/** Places of three warriors, each of which beats the next and the last the first. */
export type HillCycle = {
  readonly members: readonly [number, number, number];
  /** The smallest of the three margins. */
  readonly margin: number;
};

export type HillCycles = {
  readonly count: number;
  /** Those with the largest margins, largest first. */
  readonly clearest: readonly HillCycle[];
};

/**
 * Every cycle of three is counted once.
 *
 * @param margins `[count × count]`, by row: by how much the row's warrior beats the column's, not positive where it does not
 * @param kept cycles to keep, at most
 */
export function findCycles(margins: Float64Array, count: number, kept: number): HillCycles {
  let found = 0;
  let clearest: HillCycle[] = [];
  const margin = (i: number, j: number) => margins[i * count + j]!;
  const add = (i: number, j: number, k: number) => {
    found++;
    const least = Math.min(margin(i, j), margin(j, k), margin(k, i));
    const last = clearest[kept - 1];
    if (last && last.margin >= least) return;
    clearest.push({ members: [i, j, k], margin: least });
    clearest = clearest.sort((a, b) => b.margin - a.margin).slice(0, kept);
  };
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const forth = margin(i, j) > 0;
      if (!forth && margin(j, i) <= 0) continue;
      for (let k = j + 1; k < count; k++) {
        if (forth) {
          if (margin(j, k) > 0 && margin(k, i) > 0) add(i, j, k);
        } else if (margin(k, j) > 0 && margin(i, k) > 0) add(i, k, j);
      }
    }
  }
  return { count: found, clearest };
}
