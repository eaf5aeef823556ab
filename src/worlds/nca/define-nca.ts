// The NCA world as a kind that recipes can name.

import { z } from 'zod';
import { count, countOrNone } from '../count.ts';
import { defineWorld } from '../define-world.ts';
import { NCA_DEFAULTS, NCA_FILTERS } from './options.ts';
import { traceNca } from './trace-nca.ts';
import { createNcaWorld } from './world.ts';

const low = z.number().describe('What is kept lies above this.');
const high = z.number().describe('What is kept lies below this.');
const band = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('default') }),
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('absolute'), low, high }),
  z.strictObject({ kind: z.literal('percentile'), low, high }),
]);

const options = z.strictObject({
  colors: count.default(NCA_DEFAULTS.colors).describe('States of a cell, 2 to 256.'),
  grid: count
    .default(NCA_DEFAULTS.grid)
    .describe('Width and height of the torus in cells; a multiple of patch.'),
  patch: count
    .default(NCA_DEFAULTS.patch)
    .describe('Width and height in cells of the square that makes one token.'),
  features: count
    .default(NCA_DEFAULTS.features)
    .describe('Output features of the 3×3 convolution.'),
  hidden: count.default(NCA_DEFAULTS.hidden).describe('Features of the hidden layer.'),
  temperature: z
    .number()
    .default(NCA_DEFAULTS.temperature)
    .describe('Temperature of the sample of the next state; 0 takes the largest logit.'),
  identityBias: z
    .number()
    .default(NCA_DEFAULTS.identityBias)
    .describe('Added to the logit of the state that a cell is in.'),
  burnIn: countOrNone.default(NCA_DEFAULTS.burnIn).describe('Steps before the first frame.'),
  dt: count.default(NCA_DEFAULTS.dt).describe('Steps from a frame to the next.'),
  channelPadding: z
    .enum(['wrap', 'spatial'])
    .default(NCA_DEFAULTS.channelPadding)
    .describe(
      "'wrap' pads the channel axis too, as the official code does; 'spatial' pads space only.",
    ),
  rules: z
    .union([z.literal('fresh'), count])
    .default(NCA_DEFAULTS.rules)
    .describe(
      "'fresh': every sequence has a rule of its own; a number: the size of a pool of rules.",
    ),
  ruleSeed: z
    .int()
    .default(NCA_DEFAULTS.ruleSeed)
    .describe('Names the pool of rules, where there is one.'),
  band: band
    .default({ kind: 'default' })
    .describe(
      'Which simulations are kept, by gzip ratio: all, those in a range of ratios or of percentiles of random rules; ' +
        "'default': ratios 0.5 to 1 where random rules reach them, else percentiles 50 to 100.",
    ),
  filter: z
    .enum(NCA_FILTERS)
    .default(NCA_DEFAULTS.filter)
    .describe("What the band judges: the 'sequence' itself, or its 'rule' by another simulation."),
  arithmetic: z
    .enum(['float32', 'int16'])
    .default(NCA_DEFAULTS.arithmetic)
    .describe("'int16' is twice as fast and differs in about one cell in 3,000 per step."),
});

export const nca = defineWorld({
  kind: 'nca',
  source: 'arXiv 2603.10055',
  description: 'Neural cellular automata: a random network is the rule, to be inferred in context.',
  options,
  create: (given, { sequenceLength }) => createNcaWorld({ ...given, sequenceLength }),
  trace: (given, { sequenceLength }) => traceNca({ ...given, sequenceLength }),
});
