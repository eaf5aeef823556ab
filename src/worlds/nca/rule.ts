// A rule of the NCA world: a small random network, and the same network packed for fast steps.

import { foldIn, type Key, TRUNCATED_NORMAL_STD, truncatedNormal } from '../../core/index.ts';
import type { NcaOptions } from './options.ts';

const f = Math.fround;

/** The options that shape a rule's network. */
export type NcaNetworkOptions = Pick<
  NcaOptions,
  'colors' | 'features' | 'hidden' | 'channelPadding'
>;

/** Kernels as a convolutional network has them, row-major; biases are zero in every rule and not stored. */
export type NcaKernels = {
  /** `[3, 3, channels, features]`; channels is colors + 2 with wrapped channels, colors without. */
  readonly convolution: Float32Array;
  /** `[features, hidden]`, the 1x1 convolution before the ReLU. */
  readonly hidden: Float32Array;
  /** `[hidden, colors]`, the 1x1 convolution after it. */
  readonly logits: Float32Array;
};

/**
 * A rule. The packed arrays repeat the kernels in the order in which a step reads them; "lanes" are sizes
 * rounded up to a multiple of 4, filled with zeros.
 */
export type NcaRule = {
  readonly network: NcaNetworkOptions;
  readonly kernels: NcaKernels;
  /**
   * `[9, colors, featureLanes]`: what a neighbor in a given state adds to the features of a cell, by the
   * neighbor's position in row-major order. The input being one-hot, nine look-ups are the convolution.
   */
  readonly table: Float32Array;
  /** `[hidden, featureLanes]`: `kernels.hidden` transposed. */
  readonly hiddenRows: Float32Array;
  /** `[hidden, colorLanes]`: `kernels.logits`. */
  readonly logitRows: Float32Array;
};

/** `size` rounded up to a multiple of 4. */
export function lanesFor(size: number): number {
  return (size + 3) & ~3;
}

/** Input channels of the first convolution. */
export function channelsOf(network: NcaNetworkOptions): number {
  return network.channelPadding === 'wrap' ? network.colors + 2 : network.colors;
}

/** Parameters of a rule's network, the (zero) biases included: 686 at the defaults, 614 without channel wrap. */
export function countNcaParameters(network: NcaNetworkOptions): number {
  const { colors, features, hidden } = network;
  return (9 * channelsOf(network) + 1) * features + (features + 1) * hidden + (hidden + 1) * colors;
}

/**
 * A random rule. Each kernel is Lecun-normal as Flax has it: a normal truncated at two standard deviations, scaled
 * to variance 1 / fan-in, where fan-in is the kernel's height x width x input channels. Kernel element i is the
 * i-th number of `truncatedNormal(foldIn(key, name))`, names `convolution`, `hidden` and `logits`, times
 * `fround(sqrt(1 / fan-in) / TRUNCATED_NORMAL_STD)`.
 */
export function sampleNcaRule(network: NcaNetworkOptions, key: Key): NcaRule {
  const { colors, features, hidden } = network;
  const fanIn = 9 * channelsOf(network);
  return packNcaRule(network, {
    convolution: lecunNormal(foldIn(key, 'convolution'), fanIn * features, fanIn),
    hidden: lecunNormal(foldIn(key, 'hidden'), features * hidden, features),
    logits: lecunNormal(foldIn(key, 'logits'), hidden * colors, hidden),
  });
}

function lecunNormal(key: Key, count: number, fanIn: number): Float32Array {
  const scale = f(Math.sqrt(1 / fanIn) / TRUNCATED_NORMAL_STD);
  const values = truncatedNormal(key, count);
  for (let i = 0; i < count; i++) values[i] = values[i]! * scale;
  return values;
}

/**
 * A rule with given kernels.
 *
 * @throws RangeError if a kernel's size disagrees with the network's
 */
export function packNcaRule(network: NcaNetworkOptions, kernels: NcaKernels): NcaRule {
  const { colors, features, hidden, channelPadding } = network;
  const channels = channelsOf(network);
  checkSize('convolution', kernels.convolution, 9 * channels * features);
  checkSize('hidden', kernels.hidden, features * hidden);
  checkSize('logits', kernels.logits, hidden * colors);
  const featureLanes = lanesFor(features);
  const colorLanes = lanesFor(colors);

  const table = new Float32Array(9 * colors * featureLanes);
  for (let position = 0; position < 9; position++) {
    for (let state = 0; state < colors; state++) {
      const row = (position * colors + state) * featureLanes;
      for (const channel of channelsOfState(state, colors, channelPadding)) {
        const source = (position * channels + channel) * features;
        for (let i = 0; i < features; i++) {
          table[row + i] = table[row + i]! + kernels.convolution[source + i]!;
        }
      }
    }
  }
  const hiddenRows = new Float32Array(hidden * featureLanes);
  const logitRows = new Float32Array(hidden * colorLanes);
  for (let j = 0; j < hidden; j++) {
    for (let i = 0; i < features; i++) {
      hiddenRows[j * featureLanes + i] = kernels.hidden[i * hidden + j]!;
    }
    logitRows.set(kernels.logits.subarray(j * colors, (j + 1) * colors), j * colorLanes);
  }
  return { network, kernels, table, hiddenRows, logitRows };
}

/** The input channels that are 1 for a cell in `state`, its own channel first: two of them where channels wrap. */
function channelsOfState(
  state: number,
  colors: number,
  channelPadding: NcaOptions['channelPadding'],
): number[] {
  if (channelPadding === 'spatial') return [state];
  if (state === 0) return [1, colors + 1];
  return state === colors - 1 ? [state + 1, 0] : [state + 1];
}

function checkSize(name: string, kernel: Float32Array, size: number): void {
  if (kernel.length === size) return;
  throw new RangeError(`kernel ${name} has ${kernel.length} elements, the network needs ${size}`);
}
