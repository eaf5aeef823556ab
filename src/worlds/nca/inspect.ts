// The complexity of a world's random rules, and statistics of simulations by complexity.

import { keyFromSeed, mean, quantile, UserError, wilsonInterval } from '../../core/index.ts';
import { isWithin, type RatioBounds, settleBand } from './band.ts';
import { measureNcaRatio, RATIO_FRAMES } from './gzip-size.ts';
import {
  type NcaBand,
  type NcaOptions,
  ncaLayout,
  resolveNcaOptions,
  type SettledNcaOptions,
} from './options.ts';
import { createRandomRules, RATIO_EDGES, takeFrames } from './random-rules.ts';
import type { NcaStates } from './rollout.ts';
import {
  countDistinctTokens,
  countTokens,
  shareNeighborhoodsSeen,
  shareRepeated,
  unigramEntropy,
  zipfSlopeOfCounts,
} from './statistics.ts';
import { encodePatches } from './tokenizer.ts';

/** Some of the random rules, and statistics of their simulations; null if there is nothing to measure. */
export type NcaBandStatistics = {
  /** Number of rules. */
  readonly rules: number;
  /** Their share of all rules drawn, and the 95 % interval of the share. */
  readonly share: number;
  readonly shareInterval: readonly [low: number, high: number];
  /** Mean share of tokens that equal the one at their place a frame before: what copying the last frame gets right. */
  readonly repeated: number | null;
  /** Mean number of distinct tokens in a simulation, delimiters left out. */
  readonly distinctTokens: number | null;
  /** Mean share of the last frame's 3x3 neighborhoods that occur in an earlier frame. */
  readonly neighbourhoodsSeen: number | null;
  /** Zipf's exponent over the 1,000 most frequent tokens of all these simulations together. */
  readonly zipfSlope: number | null;
  /** Entropy of the tokens of all these simulations together, in bits per token. */
  readonly unigramEntropy: number | null;
};

export type NcaInspection = {
  /** The world's options, defaults filled in. */
  readonly options: SettledNcaOptions;
  readonly seed: number;
  /** Random rules drawn. */
  readonly rules: number;
  /** Tokens of a simulation that the statistics are over, delimiters left out: those of the frames of a sequence. */
  readonly tokensPerRule: number;
  /**
   * The six bands of gzip ratios, in rising order: `lo <= ratio < hi`. The last takes everything from .5 on; its `hi`
   * is 1, or the largest ratio found where that is larger, as can be on very small grids.
   */
  readonly bands: readonly (NcaBandStatistics & { readonly lo: number; readonly hi: number })[];
  /** All the rules. */
  readonly all: NcaBandStatistics;
  /** The rules that the options' band keeps (`lo < ratio < hi`; null if that side is open). */
  readonly kept: NcaBandStatistics & { readonly lo: number | null; readonly hi: number | null };
  /**
   * The band checked again, in the simulations that become sequences: how many of the kept rules' lie outside it. None
   * where each sequence is judged itself. With `filter: 'rule'` the statistics of `kept` are those of these simulations.
   */
  readonly outsideBand: {
    readonly sequences: number;
    /** Their share of the kept rules, and its 95 % interval; null if none is kept. */
    readonly share: number | null;
    readonly shareInterval: readonly [low: number, high: number] | null;
  };
  /** `kept.share`. */
  readonly keepRate: number;
  /** The smallest, the median and the largest ratio found. */
  readonly min: number;
  readonly median: number;
  readonly max: number;
};

/**
 * Draws random rules of a world, rolls each out once, and sums them up by gzip ratio. Rule i is the first
 * that sequence i of the same seed tries; a fixed pool (`options.rules`) is not looked at. A band that no rule reaches
 * is not an error here: it keeps none.
 *
 * @throws UserError for wrong options, a number of rules below 1, or percentiles that hold no rule
 */
export function inspectNca(
  given: Partial<NcaOptions> = {},
  settings: {
    readonly rules?: number;
    readonly seed?: number;
    /** Called after every rule with the number done. */
    readonly onProgress?: (done: number, total: number) => void;
  } = {},
): NcaInspection {
  const { rules = 500, seed = 0, onProgress } = settings;
  const unsettled = resolveNcaOptions(given);
  if (!Number.isSafeInteger(rules) || rules < 1) {
    throw new UserError(`nca: ${rules} rules cannot be inspected`, {
      hint: 'use a whole number of at least 1',
    });
  }
  const { band, bounds } = findBand(unsettled);
  const options = { ...unsettled, band };
  const { frames, patches } = ncaLayout(options);
  const all = createTally();
  const kept = createTally();
  const bands = Array.from({ length: RATIO_EDGES.length + 1 }, () => createTally());
  const ratios = new Float64Array(rules);
  let outside = 0;
  const most = Math.max(frames, RATIO_FRAMES);
  const random = createRandomRules(options, keyFromSeed(seed), most);
  for (let i = 0; i < rules; i++) {
    const states = random.simulate(i, most);
    const ratio = measureNcaRatio(options, states, random.gzipSize);
    ratios[i] = ratio;
    const measures = measure(options, takeFrames(states, frames));
    all.add(measures);
    bands[RATIO_EDGES.filter((edge) => ratio >= edge).length]!.add(measures);
    if (isWithin(bounds, ratio)) {
      const sequence = options.filter === 'rule' ? random.simulateAgain(i, most) : states;
      const again = measureNcaRatio(options, sequence, random.gzipSize);
      if (!isWithin(bounds, again)) outside++;
      kept.add(sequence === states ? measures : measure(options, takeFrames(sequence, frames)));
    }
    onProgress?.(i + 1, rules);
  }
  const max = ratios.reduce((a, b) => Math.max(a, b));
  const finite = (end: number) => (Number.isFinite(end) ? end : null);
  const keptStatistics = kept.summarize(rules);
  return {
    options,
    seed,
    rules,
    tokensPerRule: frames * patches,
    bands: bands.map((tally, i) => ({
      lo: RATIO_EDGES[i - 1] ?? 0,
      hi: RATIO_EDGES[i] ?? Math.max(1, max),
      ...tally.summarize(rules),
    })),
    all: all.summarize(rules),
    kept: { lo: finite(bounds.low), hi: finite(bounds.high), ...keptStatistics },
    outsideBand: {
      sequences: outside,
      share: keptStatistics.rules > 0 ? outside / keptStatistics.rules : null,
      shareInterval:
        keptStatistics.rules > 0 ? wilsonInterval(outside, keptStatistics.rules) : null,
    },
    keepRate: keptStatistics.share,
    min: ratios.reduce((a, b) => Math.min(a, b)),
    median: quantile(ratios, 0.5),
    max,
  };
}

/** The options' band and its bounds, also where no rule lies within them. */
function findBand(options: NcaOptions): { readonly band: NcaBand; readonly bounds: RatioBounds } {
  const open = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  if (options.band.kind === 'absolute') return { band: options.band, bounds: options.band };
  const { band, bounds } = settleBand(options);
  return { band, bounds: bounds ?? open };
}

type Measures = {
  readonly repeated: number;
  readonly distinct: number;
  readonly seen: number;
  readonly tokens: Int32Array;
};

function measure(options: NcaOptions, states: NcaStates): Measures {
  return {
    repeated: shareRepeated(options, states),
    distinct: countDistinctTokens(options, states),
    seen: shareNeighborhoodsSeen(states),
    tokens: encodePatches(options, states, 0, states.frames),
  };
}

type Tally = {
  add(measures: Measures): void;
  summarize(drawn: number): NcaBandStatistics;
};

/** Adds simulations up. Tokens are kept as counts, so that memory follows the vocabulary and not the rules. */
function createTally(): Tally {
  const repeated: number[] = [];
  const distinct: number[] = [];
  const seen: number[] = [];
  const counts = new Map<number, number>();
  const orNull = (value: number) => (Number.isNaN(value) ? null : value);
  return {
    add: (measures) => {
      repeated.push(measures.repeated);
      distinct.push(measures.distinct);
      seen.push(measures.seen);
      countTokens(measures.tokens, counts);
    },
    summarize: (drawn) => ({
      rules: repeated.length,
      share: repeated.length / drawn,
      shareInterval: wilsonInterval(repeated.length, drawn),
      repeated: orNull(mean(repeated)),
      distinctTokens: orNull(mean(distinct)),
      neighbourhoodsSeen: orNull(mean(seen)),
      zipfSlope: orNull(zipfSlopeOfCounts(counts)),
      unigramEntropy: orNull(unigramEntropy(counts)),
    }),
  };
}
