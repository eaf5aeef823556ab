// Examples of simulations by complexity: random rules, drawn in order until each band has some.

import { keyFromSeed, UserError } from '../../core/index.ts';
import { isWithin, probeCount, type RatioBounds } from './band.ts';
import { type NcaOptions, ncaLayout, resolveNcaOptions } from './options.ts';
import { createRandomRules, RATIO_EDGES } from './random-rules.ts';
import type { NcaStates } from './rollout.ts';

/** One simulation: its random rule's number under the seed, its gzip ratio and its frames. */
export type NcaSample = {
  readonly rule: number;
  readonly ratio: number;
  readonly states: NcaStates;
};

/** Simulations with `low < ratio < high`, in the order in which they were found. */
export type NcaBandSamples = RatioBounds & { readonly samples: readonly NcaSample[] };

/** Examples of a world's simulations by band, and how they were found. */
export type NcaBandExamples = {
  /** The world's options, defaults filled in. */
  readonly options: NcaOptions;
  readonly seed: number;
  /** Frames of each simulation. */
  readonly frames: number;
  /** Samples looked for in each band. */
  readonly perBand: number;
  /** Random rules drawn. */
  readonly drawn: number;
  /** The bands, in the order given. */
  readonly bands: readonly NcaBandSamples[];
  /** The numbers of the rules that were asked for, where not all were tried in order. */
  readonly numbers?: readonly number[];
};

/** The six bands of the band table as bounds; the last is open above. */
export const SIX_BANDS: readonly RatioBounds[] = [0, ...RATIO_EDGES].map((low, i) => ({
  low,
  high: RATIO_EDGES[i] ?? Number.POSITIVE_INFINITY,
}));

/** The bounds of a band that keeps every simulation. */
const ALL_RATIOS: RatioBounds = { low: 0, high: Number.POSITIVE_INFINITY };

/**
 * Draws random rules (numbered as `inspectNca` numbers them) until every band has `perBand`, or `tries` are drawn.
 * A band that none of them reaches stays empty. The world's own band is not used here.
 *
 * @throws UserError for wrong options, an invalid band, or counts below 1
 */
export function sampleNcaBands(
  given: Partial<NcaOptions> = {},
  settings: {
    readonly bands?: readonly RatioBounds[];
    readonly perBand?: number;
    /** Frames of each simulation after burn-in; those of a sequence unless given. */
    readonly frames?: number;
    readonly seed?: number;
    /** Draws the rules of these numbers only; by default all are tried in order. */
    readonly numbers?: readonly number[];
    /** Random rules drawn at most; 2,000 unless given, down to 200 on large grids. */
    readonly tries?: number;
    /** Called after every rule with the numbers drawn and allowed. */
    readonly onProgress?: (drawn: number, tries: number) => void;
  } = {},
): NcaBandExamples {
  const options = resolveNcaOptions(given);
  const { numbers, seed = 0, onProgress, frames = ncaLayout(options).frames } = settings;
  const { bands = numbers ? [ALL_RATIOS] : SIX_BANDS, perBand = numbers?.length ?? 3 } = settings;
  const { tries = numbers?.length ?? defaultTries(options) } = settings;
  for (const number of numbers ?? []) checkNumber(number);
  checkCount('samples a band', perBand);
  checkCount('frames', frames);
  checkCount('tries', tries);
  checkCount('bands', bands.length);
  for (const { low, high } of bands) {
    if (low < high) continue;
    throw new UserError(`nca: ${low}:${high} is not a band`, {
      hint: 'give the smaller ratio first',
    });
  }
  const random = createRandomRules(options, keyFromSeed(seed), frames);
  const found = bands.map((bounds) => ({ ...bounds, samples: [] as NcaSample[] }));
  let drawn = 0;
  const most = Math.min(tries, numbers?.length ?? tries);
  while (drawn < most && found.some(({ samples }) => samples.length < perBand)) {
    const rule = numbers?.[drawn] ?? drawn;
    drawn++;
    const ratio = random.measureRatio(rule);
    for (const band of found) {
      if (band.samples.length >= perBand || !isWithin(band, ratio)) continue;
      band.samples.push({ rule, ratio, states: random.simulate(rule, frames) });
    }
    onProgress?.(drawn, tries);
  }
  return { options, seed, frames, perBand, drawn, bands: found, ...(numbers && { numbers }) };
}

/** A number that takes some seconds, since the search for an unreachable band goes to the end. */
function defaultTries(options: NcaOptions): number {
  return Math.min(2000, Math.max(200, 4 * probeCount(options)));
}

function checkNumber(value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new UserError(`nca: ${value} is not the number of a rule`, {
    hint: 'rules are numbered from 0',
  });
}

function checkCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new UserError(`nca: the number of ${name} is ${value}`, {
    hint: 'use a whole number of at least 1',
  });
}
