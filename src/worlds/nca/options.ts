// The options of an NCA world, their defaults, and the sizes that follow from them.

import { nearestName, UserError } from '../../core/index.ts';

/**
 * Which simulations are kept, by the gzip ratio of their tokens (see `measureNcaRatio`):
 * - `none`: all of them;
 * - `absolute`: those with `low < ratio < high`;
 * - `percentile`: those between two percentiles (0..100) of the ratios of random rules in the same world,
 *   which means the same share of rules whatever the number of colors.
 */
export type NcaBand =
  | { readonly kind: 'none' }
  | { readonly kind: 'absolute'; readonly low: number; readonly high: number }
  | { readonly kind: 'percentile'; readonly low: number; readonly high: number };

/**
 * The published band, ratios 0.5 to 1, where random rules of the world reach it; else percentiles 50 to 100; else all
 * simulations (`settleBand`).
 */
export type NcaDefaultBand = { readonly kind: 'default' };

/**
 * What the band judges:
 * - `sequence`: the simulation that becomes the sequence, so that every sequence lies in the band;
 * - `rule`: the rule, by one simulation that is not used further. The sequence is another simulation of that rule, which
 *   is not judged again: the official code does this, and part of its data lies outside the band.
 */
export type NcaFilter = (typeof NCA_FILTERS)[number];
/** What the band of an NCA world judges. */
export const NCA_FILTERS = ['sequence', 'rule'] as const;

/**
 * `float32` computes, to the bit, what the functions of this folder in plain TypeScript do. `int16` computes the
 * network in integers, twice as fast: the same rules, initial states and random numbers, but a step gives another state
 * to about one cell in 3,000, where two logits nearly tie. Both give the same bits on every engine and machine.
 */
export type NcaArithmetic = 'float32' | 'int16';

/** Settings of an NCA world. The defaults are those of arXiv 2603.10055 and its official code. */
export type NcaOptions = {
  /** States of a cell, 2..256. */
  readonly colors: number;
  /** Width and height of the torus in cells; a multiple of `patch`. */
  readonly grid: number;
  /** Width and height in cells of the square that makes one token. */
  readonly patch: number;
  /** Output features of the 3x3 convolution. */
  readonly features: number;
  /** Features of the hidden layer, the one before the ReLU. */
  readonly hidden: number;
  /** Temperature of the categorical sample of the next state; 0 takes the largest logit. */
  readonly temperature: number;
  /** Added to the logit of the state a cell is in. */
  readonly identityBias: number;
  /** Steps before the first frame. */
  readonly burnIn: number;
  /** Steps from a frame to the next. */
  readonly dt: number;
  /** Tokens in a sequence; the last frame is cut there. */
  readonly sequenceLength: number;
  /**
   * `wrap` pads the channel axis of the first convolution as well as the two spatial axes, as the official code
   * does: colors + 2 channels, of which the outer two repeat states colors-1 and 0. `spatial` pads space only.
   */
  readonly channelPadding: 'wrap' | 'spatial';
  /** `fresh`: every sequence has a rule of its own; a number: the size of a fixed pool of rules. */
  readonly rules: 'fresh' | number;
  /** Names the pool, where `rules` is a number: the same seed gives the same pool. */
  readonly ruleSeed: number;
  readonly band: NcaBand | NcaDefaultBand;
  /** What the band judges. */
  readonly filter: NcaFilter;
  readonly arithmetic: NcaArithmetic;
};

/** Options in which the default band is replaced by the one that it stands for. */
export type SettledNcaOptions = NcaOptions & { readonly band: NcaBand };

/** The published settings (arXiv 2603.10055). */
export const NCA_DEFAULTS: NcaOptions = {
  colors: 10,
  grid: 12,
  patch: 2,
  features: 4,
  hidden: 16,
  temperature: 1e-4,
  identityBias: 0,
  burnIn: 10,
  dt: 1,
  sequenceLength: 1024,
  channelPadding: 'wrap',
  rules: 'fresh',
  ruleSeed: 0,
  band: { kind: 'default' },
  filter: 'sequence',
  arithmetic: 'float32',
};

/** An identity bias above this would leave too few of 16 bits to the logits. */
const INT16_BIAS_MAX = 16;

/** Sizes that follow from the options. */
export type NcaLayout = {
  /** Cells in a frame. */
  readonly cells: number;
  /** Patches, and so tokens without delimiters, in a frame. */
  readonly patches: number;
  /** Tokens in a frame with its two delimiters. */
  readonly frameLength: number;
  /** Frames that a sequence needs, the last one perhaps in part. */
  readonly frames: number;
  /** Token that opens a frame: colors^(patch^2). */
  readonly startToken: number;
  /** Token that closes a frame: `startToken + 1`. */
  readonly endToken: number;
  /** Number of token ids: colors^(patch^2) + 2. */
  readonly vocabSize: number;
};

/**
 * Options with defaults filled in, checked.
 *
 * @throws UserError for an unknown name, a value out of range, or values that contradict each other
 */
export function resolveNcaOptions(given: Partial<NcaOptions> = {}): NcaOptions {
  for (const name of Object.keys(given)) {
    if (name in NCA_DEFAULTS) continue;
    const near = nearestName(name, Object.keys(NCA_DEFAULTS));
    fail(`there is no option "${name}"`, near ? `did you mean "${near}"?` : 'see NcaOptions');
  }
  const options: NcaOptions = { ...NCA_DEFAULTS, ...given };
  checkInteger('colors', options.colors, 2, 256);
  checkInteger('grid', options.grid, 1, 1024);
  checkInteger('patch', options.patch, 1, options.grid);
  checkInteger('features', options.features, 1, 256);
  checkInteger('hidden', options.hidden, 1, 1024);
  checkInteger('burnIn', options.burnIn, 0, 1e6);
  checkInteger('dt', options.dt, 1, 1e6);
  checkInteger('ruleSeed', options.ruleSeed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  checkNumber('temperature', options.temperature, 0, 1e6);
  checkNumber('identityBias', options.identityBias, -1e6, 1e6);
  if (options.rules !== 'fresh') checkInteger('rules', options.rules, 1, 2 ** 31, "'fresh' or ");
  if (options.channelPadding !== 'wrap' && options.channelPadding !== 'spatial') {
    fail(
      `channelPadding is ${JSON.stringify(options.channelPadding)}`,
      "use 'wrap' or 'spatial'; 'wrap' is what the official code does",
    );
  }
  if (!NCA_FILTERS.includes(options.filter)) {
    fail(`filter is ${JSON.stringify(options.filter)}`, "use 'sequence' or 'rule'");
  }
  if (options.arithmetic !== 'float32' && options.arithmetic !== 'int16') {
    fail(`arithmetic is ${JSON.stringify(options.arithmetic)}`, "use 'float32' or 'int16'");
  }
  if (options.arithmetic === 'int16' && Math.abs(options.identityBias) > INT16_BIAS_MAX) {
    fail(
      `identityBias ${options.identityBias} is too large for int16 arithmetic`,
      `use at most ${INT16_BIAS_MAX}, or arithmetic 'float32'`,
    );
  }
  if (options.grid % options.patch !== 0) {
    fail(
      `grid ${options.grid} is not a multiple of patch ${options.patch}`,
      `patches must tile the grid: use grid ${Math.ceil(options.grid / options.patch) * options.patch}`,
    );
  }
  if (options.colors ** (options.patch ** 2) + 2 > 2 ** 31) {
    fail(
      `${options.colors} colors in ${options.patch}x${options.patch} patches make ` +
        `${options.colors}^${options.patch ** 2} + 2 token ids, more than an int32 can number`,
      'use fewer colors or a smaller patch',
    );
  }
  const { frameLength } = ncaLayout(options);
  if (!Number.isInteger(options.sequenceLength) || options.sequenceLength <= frameLength) {
    fail(
      `sequenceLength ${options.sequenceLength} leaves nothing to predict`,
      `the first frame takes ${frameLength} tokens and is never a target: use an integer above that`,
    );
  }
  const { frames, cells } = ncaLayout(options);
  const draws = (options.burnIn + (frames - 1) * options.dt) * cells;
  if (draws > 2 ** 32) {
    fail(
      `${frames} frames of ${cells} cells, ${options.burnIn} steps in and ${options.dt} apart, need ${draws} draws of noise`,
      'a simulation has 2^32: use a smaller grid, burnIn, dt or sequenceLength',
    );
  }
  checkBand(options.band);
  return options;
}

/** The sizes that follow from checked options. */
export function ncaLayout(options: NcaOptions): NcaLayout {
  const patches = (options.grid / options.patch) ** 2;
  const startToken = options.colors ** (options.patch ** 2);
  return {
    cells: options.grid ** 2,
    patches,
    frameLength: patches + 2,
    frames: Math.ceil(options.sequenceLength / (patches + 2)),
    startToken,
    endToken: startToken + 1,
    vocabSize: startToken + 2,
  };
}

function checkBand(band: NcaOptions['band']): void {
  if (band?.kind === 'none' || band?.kind === 'default') return;
  if (band?.kind !== 'absolute' && band?.kind !== 'percentile') {
    fail(
      `band is ${JSON.stringify(band)}`,
      "give it kind 'default', 'none', 'absolute' or 'percentile'",
    );
  }
  const top = band.kind === 'percentile' ? 100 : Number.MAX_VALUE;
  checkNumber('band.low', band.low, 0, top);
  checkNumber('band.high', band.high, 0, top);
  if (band.low >= band.high) {
    fail(`band.low ${band.low} is not below band.high ${band.high}`, 'give the smaller one as low');
  }
}

function checkInteger(name: string, value: number, low: number, high: number, also = ''): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  fail(`${name} is ${JSON.stringify(value)}`, `use ${also}an integer from ${low} to ${high}`);
}

function checkNumber(name: string, value: number, low: number, high: number): void {
  if (typeof value === 'number' && value >= low && value <= high) return;
  const range = high === Number.MAX_VALUE ? `not below ${low}` : `from ${low} to ${high}`;
  fail(`${name} is ${JSON.stringify(value)}`, `use a number ${range}`);
}

function fail(message: string, hint: string): never {
  throw new UserError(`nca: ${message}`, { hint });
}
