// The trust of a back-off predictor in the level below, chosen to predict training sequences best.

/** The counts behind the probabilities of events; an event is a predicted symbol. */
export type CountedEvents = {
  /** Levels, that of single symbols included. */
  readonly levels: number;
  /** Global probability of the symbol, `[events]`. */
  readonly priors: number[];
  /** How often the symbol followed the context of each level, `[events, levels]`. */
  readonly counts: number[];
  /** How often the context came, `[events, levels]`. */
  readonly totals: number[];
};

/** Weights that are tried: powers of two from 1/32 to 1,024. */
const WEIGHTS = Array.from({ length: 16 }, (_, i) => 2 ** (i - 5));

/** No probability is so small that a product above this, times it, is 0. */
const SMALL = 1e-150;

/** Further rounds over all levels, in which each level is judged by the result of the levels above. */
const ROUNDS = 2;

/**
 * One weight per level, lowest level first, which together give the least loss found: level by level from below, then two more
 * rounds. Without events, all are 1.
 */
export function chooseWeights(events: CountedEvents): number[] {
  const { levels, priors } = events;
  const weights = new Array<number>(levels).fill(1);
  const below = Float64Array.from(priors);
  for (let level = 0; level < levels; level++) {
    weights[level] = chooseWeight(events, level, below, null);
    raise(events, level, weights[level]!, below);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const lower = Float64Array.from(priors);
    for (let level = 0; level < levels; level++) {
      weights[level] = chooseWeight(events, level, lower, weights);
      raise(events, level, weights[level]!, lower);
    }
  }
  return weights;
}

/** Probabilities below a level become those of the level. */
function raise(
  { levels, counts, totals }: CountedEvents,
  level: number,
  weight: number,
  probabilities: Float64Array,
): void {
  for (let i = 0; i < probabilities.length; i++) {
    const at = i * levels + level;
    probabilities[i] = (counts[at]! + weight * probabilities[i]!) / (totals[at]! + weight);
  }
}

/**
 * The weight of one level with the least loss.
 *
 * @param weights of the levels above, whose result is judged; null judges the level itself
 */
function chooseWeight(
  { levels, counts, totals }: CountedEvents,
  level: number,
  below: Float64Array,
  weights: readonly number[] | null,
): number {
  // Where the context never came, which is most events of deep levels, no weight changes anything.
  const seen: number[] = [];
  for (let i = 0; i < below.length; i++) if (totals[i * levels + level]! > 0) seen.push(i);
  // Sixteen passes read the level's counts: lying together, they come faster than across all levels.
  const own = Float64Array.from(seen, (i) => counts[i * levels + level]!);
  const all = Float64Array.from(seen, (i) => totals[i * levels + level]!);
  const lower = Float64Array.from(seen, (i) => below[i]!);
  // What the levels above make of probability p of this one is offset + scale · p.
  const offsets = new Float64Array(seen.length);
  const scales = new Float64Array(seen.length).fill(1);
  if (weights !== null) {
    seen.forEach((event, i) => {
      for (let k = level + 1; k < levels; k++) {
        const at = event * levels + k;
        const share = weights[k]! / (totals[at]! + weights[k]!);
        offsets[i] = share * offsets[i]! + counts[at]! / (totals[at]! + weights[k]!);
        scales[i]! *= share;
      }
    });
  }
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (const weight of WEIGHTS) {
    let loss = 0;
    let product = 1;
    for (let i = 0; i < seen.length; i++) {
      const p = (own[i]! + weight * lower[i]!) / (all[i]! + weight);
      product *= offsets[i]! + scales[i]! * p;
      // A logarithm for several events: most of the time would go into them.
      if (product > SMALL) continue;
      loss -= Math.log(product);
      product = 1;
    }
    loss -= Math.log(product);
    if (loss < least) [best, least] = [weight, loss];
  }
  return best;
}
