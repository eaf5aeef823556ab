// What the NCA world's program reads: rules in whole numbers, and tables of quantiles in place of logarithms.

import {
  expFloat32,
  inverseNormalFloat32,
  logFloat32,
  type NdArray,
  TRUNCATED_NORMAL_STD,
} from '../../core/index.ts';
import type { NcaOptions } from './options.ts';
import { channelsOf, type NcaNetworkOptions, type NcaRule } from './rule.ts';

/** Quantiles in a table; each stands for the middle of as many equal parts of the probability. */
export const QUANTILES = 2 ** 16;

/** e^z of the initial logits, in units of 2^-14: sums over 256 states times 24 random bits stay below 2^53. */
const INITIAL_BITS = 14;

/** Fraction bits of a rule's whole numbers. Every sum and product of a step is a whole number below 2^53, hence exact. */
export type NcaScales = {
  /** Of features, and of the weights from them to the hidden features. */
  readonly features: number;
  /** Of hidden features, and of the weights from them to the logits. */
  readonly hidden: number;
};

/** Whole numbers below this are exact in float64, with a bit to spare for rounding. */
const EXACT_BITS = 52;
/** What float32 holds of any weight, and of a sum of nine of them. */
const MOST_BITS = 20;

/** The largest weight of a kernel: see `sampleNcaRule`. */
function largestWeight(fanIn: number): number {
  return (2 * Math.sqrt(1 / fanIn)) / TRUNCATED_NORMAL_STD;
}

/** The scales of a network, from bounds that no rule exceeds. */
export function scalesOf({
  temperature,
  identityBias,
  ...network
}: NcaNetworkOptions & Pick<NcaOptions, 'temperature' | 'identityBias'>): NcaScales {
  const { features, hidden, channelPadding } = network;
  // With wrapped channels two weights count for the outer states.
  const entry = largestWeight(9 * channelsOf(network)) * (channelPadding === 'wrap' ? 2 : 1);
  const largestHidden = features * 9 * entry * largestWeight(features);
  const largestLogit =
    hidden * largestHidden * largestWeight(hidden) + Math.abs(identityBias) + 20 * temperature;
  const bitsFor = (largest: number) =>
    Math.min(MOST_BITS, Math.floor((EXACT_BITS - Math.log2(largest)) / 2));
  return { features: bitsFor(largestHidden), hidden: bitsFor(largestLogit) };
}

/** A column of float32 that holds `value` of the quantiles' probabilities. */
function quantileTable(value: (probability: number) => number): NdArray<'float32'> {
  const data = Float32Array.from({ length: QUANTILES }, (_, i) => value((i + 0.5) / QUANTILES));
  return { dtype: 'float32', shape: [QUANTILES, 1], data };
}

/** Weights of the initial states: e^z for a standard normal z. */
export function initialTable(): NdArray<'float32'> {
  return quantileTable((p) => Math.round(expFloat32(inverseNormalFloat32(p)) * 2 ** INITIAL_BITS));
}

/** Gumbel noise times the temperature, in units of an integer logit. */
export function noiseTable(temperature: number, { hidden }: NcaScales): NdArray<'float32'> {
  const unit = temperature * 2 ** (2 * hidden);
  return quantileTable((p) => Math.round(-logFloat32(-logFloat32(Math.fround(p))) * unit));
}

// Φ(2) and Φ(-2).
const PHI_TWO = 0.9772498680518208;

/** Weights of a random kernel, in units of 2^-bits: normal, truncated at two standard deviations. */
export function weightTable(fanIn: number, bits: number): NdArray<'float32'> {
  const scale = (2 ** bits * Math.sqrt(1 / fanIn)) / TRUNCATED_NORMAL_STD;
  return quantileTable((p) =>
    Math.round(scale * inverseNormalFloat32(Math.fround(1 - PHI_TWO + p * (2 * PHI_TWO - 1)))),
  );
}

/** Elements of a packed rule. */
function packedSize({ colors, features, hidden }: NcaNetworkOptions): number {
  return colors * 9 * features + features * hidden + hidden * colors;
}

/**
 * Rules as rows `[count, packedSize]` of whole numbers: `[colors, 9, features]`, what a neighbor in a state adds to the
 * features, by its position; `[features, hidden]`; `[hidden, colors]`.
 */
export function packRules(
  network: NcaNetworkOptions,
  scales: NcaScales,
  count: number,
  ruleOf: (index: number) => NcaRule,
): NdArray<'float32'> {
  const size = packedSize(network);
  const data = new Float32Array(count * size);
  for (let index = 0; index < count; index++) packRule(ruleOf(index), scales, data, index * size);
  return { dtype: 'float32', shape: [count, size], data };
}

function packRule(
  { network, kernels, table }: NcaRule,
  scales: NcaScales,
  target: Float32Array,
  offset: number,
): void {
  const { colors, features } = network;
  const lanes = table.length / (9 * colors);
  let to = offset;
  for (let state = 0; state < colors; state++) {
    for (let position = 0; position < 9; position++) {
      const from = (position * colors + state) * lanes;
      for (let i = 0; i < features; i++) {
        target[to++] = Math.round(table[from + i]! * 2 ** scales.features);
      }
    }
  }
  for (const weight of kernels.hidden) target[to++] = Math.round(weight * 2 ** scales.features);
  for (const weight of kernels.logits) target[to++] = Math.round(weight * 2 ** scales.hidden);
}
