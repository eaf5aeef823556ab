// The NCA world as a kind that recipes can name.

import { z } from 'zod';
import { count, countOrNone } from '../count.ts';
import { defineWorld } from '../define-world.ts';
import { NCA_DEFAULTS, NCA_FILTERS } from './options.ts';
import { traceNca } from './trace-nca.ts';
import { createNcaWorld } from './world.ts';

const low = z.number().describe('Lower bound of what is kept.');
const high = z.number().describe('Upper bound of what is kept.');
const band = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('default') }),
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('absolute'), low, high }),
  z.strictObject({ kind: z.literal('percentile'), low, high }),
]);

const options = z.strictObject({
  colors: count.default(NCA_DEFAULTS.colors).describe('Number of states of a cell, 2 to 256.'),
  grid: count
    .default(NCA_DEFAULTS.grid)
    .describe('Width and height of the torus in cells; a multiple of patch.'),
  patch: count
    .default(NCA_DEFAULTS.patch)
    .describe('Width and height in cells of the square that becomes one token.'),
  features: count
    .default(NCA_DEFAULTS.features)
    .describe('Output channels of the 3×3 convolution.'),
  hidden: count.default(NCA_DEFAULTS.hidden).describe('Channels of the hidden layer.'),
  temperature: z
    .number()
    .default(NCA_DEFAULTS.temperature)
    .describe('Temperature at which the next state is sampled; 0 takes the largest logit.'),
  identityBias: z
    .number()
    .default(NCA_DEFAULTS.identityBias)
    .describe("Added to the logit of the cell's current state."),
  burnIn: countOrNone
    .default(NCA_DEFAULTS.burnIn)
    .describe('Simulation steps before the first frame.'),
  dt: count.default(NCA_DEFAULTS.dt).describe('Simulation steps from one frame to the next.'),
  channelPadding: z
    .enum(['wrap', 'spatial'])
    .default(NCA_DEFAULTS.channelPadding)
    .describe(
      "Circular padding of the convolution: 'wrap' pads the channel axis too, as the official code does; 'spatial' pads only height and width.",
    ),
  rules: z
    .union([z.literal('fresh'), count])
    .default(NCA_DEFAULTS.rules)
    .describe(
      "'fresh': every sequence has a rule of its own. A number: sequences draw from a pool of so many rules.",
    ),
  ruleSeed: z
    .int()
    .default(NCA_DEFAULTS.ruleSeed)
    .describe('Random seed of the pool of rules, if there is one.'),
  band: band
    .default({ kind: 'default' })
    .describe(
      "Which simulations are kept, by the ratio of compressed to plain size under gzip: all ('none'), those in a range of ratios ('absolute') or of percentiles of random rules ('percentile'). 'default': ratios 0.5 to 1 where random rules reach them, otherwise percentiles 50 to 100.",
    ),
  filter: z
    .enum(NCA_FILTERS)
    .default(NCA_DEFAULTS.filter)
    .describe(
      "What the band is applied to: each 'sequence', or its 'rule', judged by another simulation.",
    ),
  arithmetic: z
    .enum(['float32', 'int16'])
    .default(NCA_DEFAULTS.arithmetic)
    .describe(
      "Number type of the simulation. 'int16' is twice as fast and differs from 'float32' in about one cell in 3,000 per step.",
    ),
});

/** Neural cellular automata as a kind (arXiv 2603.10055). */
export const nca = defineWorld({
  kind: 'nca',
  source: 'arXiv 2603.10055',
  description:
    'Neural cellular automata: each rule is a random network, to be inferred in context.',
  options,
  create: (given, { sequenceLength }) => createNcaWorld({ ...given, sequenceLength }),
  trace: (given, { sequenceLength }) => traceNca({ ...given, sequenceLength }),
});
