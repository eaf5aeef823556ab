// The complexity filter: from a band in the options to bounds on the gzip ratio that some rules do meet.

import { foldIn, type Key, keyFromSeed, quantile, UserError } from '../../core/index.ts';
import { measureNcaRatio, RATIO_FRAMES } from './gzip-size.ts';
import { type NcaBand, type NcaOptions, ncaLayout } from './options.ts';
import { rolloutNca } from './rollout.ts';
import { sampleNcaRule } from './rule.ts';

/** A simulation with this ratio is kept when `low < ratio < high`; `high` may be Infinity. */
export type RatioBounds = { readonly low: number; readonly high: number };

/** Whether a gzip ratio lies within the bounds; both ends are excluded. */
export function isWithin(bounds: RatioBounds, ratio: number): boolean {
  return ratio > bounds.low && ratio < bounds.high;
}

// A probe updates this many cells, over all steps and rules, within these numbers of rules: a second or so up to
// 64x64 cells.
const PROBE_CELLS = 1_500_000;
const PROBE_RULES_MIN = 32;
const PROBE_RULES_MAX = 512;

/** Rules that a probe of this world measures: 512 at the default sizes, fewer on larger grids. */
export function probeCount(options: NcaOptions): number {
  const steps = options.burnIn + (RATIO_FRAMES - 1) * options.dt;
  const count = Math.floor(PROBE_CELLS / (Math.max(1, steps) * ncaLayout(options).cells));
  return Math.min(PROBE_RULES_MAX, Math.max(PROBE_RULES_MIN, count));
}

/** The keys of the rule and of the simulation of probe `index`. */
export function probeKeys(index: number): { readonly rule: Key; readonly rollout: Key } {
  const key = foldIn(foldIn(keyFromSeed(0), 'nca probe'), index);
  return { rule: foldIn(key, 'rule'), rollout: foldIn(key, 'rollout') };
}

/** The gzip ratio of probe rule `index`, a pure function of the world's options and the index. */
export function probeRatio(options: NcaOptions, index: number): number {
  const keys = probeKeys(index);
  const rule = sampleNcaRule(options, keys.rule);
  const states = rolloutNca(options, rule, keys.rollout, RATIO_FRAMES);
  return measureNcaRatio(options, states);
}

/** A band of the options, resolved for a world. */
export type SettledBand = {
  /** The band, with `default` replaced by the band that it means here. */
  readonly band: NcaBand;
  /** Its bounds; null if all simulations are kept. */
  readonly bounds: RatioBounds | null;
};

/** The published band (arXiv 2603.10055), and its replacements if rules do not reach it. */
const PUBLISHED_BAND = { kind: 'absolute', low: 0.5, high: 1 } as const;
const UPPER_HALF = { kind: 'percentile', low: 50, high: 100 } as const;

/**
 * Resolves a band for a world, as `resolveBand`. The default is the first of these that holds at least two rules of
 * the probe and one in 200, so that every sequence is drawn within some hundred simulations: ratios 0.5 to 1,
 * percentiles 50 to 100, everything.
 *
 * @throws UserError as `resolveBand`; never for the default
 */
export function settleBand(
  options: NcaOptions,
  probe: (index: number) => number = (index) => probeRatio(options, index),
): SettledBand {
  const { band } = options;
  if (band.kind !== 'default') return { band, bounds: boundsOf(options, band, probe) };
  const count = probeCount(options);
  const enough = Math.max(2, Math.ceil(count / 200));
  const ratios: number[] = [];
  let within = 0;
  while (ratios.length < count && within < enough) {
    const ratio = probe(ratios.length);
    ratios.push(ratio);
    if (isWithin(PUBLISHED_BAND, ratio)) within++;
  }
  if (within >= enough) {
    const { low, high } = PUBLISHED_BAND;
    return { band: PUBLISHED_BAND, bounds: { low, high } };
  }
  const bounds = percentileBounds(UPPER_HALF, ratios);
  const kept = ratios.filter((ratio) => isWithin(bounds, ratio)).length;
  return kept >= enough ? { band: UPPER_HALF, bounds } : { band: { kind: 'none' }, bounds: null };
}

/**
 * The bounds of a band; null if all simulations are kept. Percentiles are those of the ratios of
 * `probeCount` rules from a fixed key; percentiles 0 and 100 exclude nothing.
 *
 * @param probe the ratio of a probe: `probeRatio`, or the float32 kernel's, which is equal and faster. Probes are in
 *   float32 whatever the world's arithmetic, so that both have the same bounds.
 * @throws UserError if no rule of the probe lies within the bounds; it states the range that they do reach
 */
export function resolveBand(
  options: NcaOptions,
  probe?: (index: number) => number,
): RatioBounds | null {
  return settleBand(options, probe).bounds;
}

function boundsOf(
  options: NcaOptions,
  band: NcaBand,
  probe: (index: number) => number,
): RatioBounds | null {
  if (band.kind === 'none') return null;
  const count = probeCount(options);
  const ratios: number[] = [];
  if (band.kind === 'absolute') {
    const bounds = { low: band.low, high: band.high };
    for (let i = 0; i < count; i++) {
      const ratio = probe(i);
      if (isWithin(bounds, ratio)) return bounds;
      ratios.push(ratio);
    }
    return refuse(band, bounds, ratios);
  }
  for (let i = 0; i < count; i++) ratios.push(probe(i));
  const bounds = percentileBounds(band, ratios);
  if (ratios.some((ratio) => isWithin(bounds, ratio))) return bounds;
  return refuse(band, bounds, ratios);
}

function percentileBounds(
  { low, high }: { readonly low: number; readonly high: number },
  ratios: readonly number[],
): RatioBounds {
  return {
    low: low === 0 ? 0 : quantile(ratios, low / 100),
    high: high === 100 ? Number.POSITIVE_INFINITY : quantile(ratios, high / 100),
  };
}

function refuse(
  band: Exclude<NcaBand, { kind: 'none' }>,
  bounds: RatioBounds,
  ratios: readonly number[],
): never {
  const inBrackets = (q: number) => quantile(ratios, q).toFixed(3);
  const asked =
    band.kind === 'percentile'
      ? `percentiles ${band.low} to ${band.high} (ratios ${bounds.low.toFixed(3)} to ${bounds.high.toFixed(3)})`
      : `ratios ${bounds.low} to ${bounds.high}`;
  throw new UserError(
    `nca: the band is empty: of ${ratios.length} random rules none has a gzip ratio within ${asked}; ` +
      `they reach ${inBrackets(0)} to ${inBrackets(1)}, half of them above ${inBrackets(0.5)}`,
    {
      hint:
        band.kind === 'percentile'
          ? 'widen the band: many rules share one ratio'
          : "choose a band within that range, or one by percentiles: { kind: 'percentile', low: 50, high: 100 } in a recipe, " +
            '--percentile 50:100 on the command line',
    },
  );
}
