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

/** Between these a product of factors can take one more: counts are below 1e15, and no probability is below 1e-150. */
const SMALL = 1e-150;
const LARGE = 1e150;

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
  // The levels above make offset + scale · p of probability p = (count + weight · lower) / (total + weight) of this one. Over the
  // common denominator that is constant + slope · weight: no division is left to the sixteen passes over the events.
  const constants = new Float64Array(seen.length);
  const slopes = new Float64Array(seen.length);
  const denominators = new Map<number, number>();
  for (let i = 0; i < seen.length; i++) {
    const row = seen[i]! * levels;
    let offset = 0;
    let scale = 1;
    if (weights !== null) {
      for (let k = level + 1; k < levels; k++) {
        const denominator = totals[row + k]! + weights[k]!;
        const share = weights[k]! / denominator;
        offset = share * offset + counts[row + k]! / denominator;
        scale *= share;
      }
    }
    const total = totals[row + level]!;
    constants[i] = offset * total + scale * counts[row + level]!;
    slopes[i] = offset + scale * below[seen[i]!]!;
    denominators.set(total, (denominators.get(total) ?? 0) + 1);
  }
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (const weight of WEIGHTS) {
    let loss = 0;
    for (const [total, times] of denominators) loss += times * Math.log(total + weight);
    let product = 1;
    for (let i = 0; i < constants.length; i++) {
      product *= constants[i]! + weight * slopes[i]!;
      // A logarithm for several events: most of the time would go into them.
      if (product > SMALL && product < LARGE) continue;
      loss -= Math.log(product);
      product = 1;
    }
    loss -= Math.log(product);
    if (loss < least) [best, least] = [weight, loss];
  }
  return best;
}
