// window.js
// A model: an MLP that reads the last few tokens (Bengio et al. 2003, a neural n-gram model).

import { defineModel } from 'primordia';
import { spec } from 'primordia/core';
import {
  applyLinear,
  applyMlp,
  applyNorm,
  linearSpecs,
  mlpSpecs,
  normSpecs,
  tableSpecs,
} from 'primordia/nn';
import { add, concat, gatherRows, pad, reshape, slice } from 'primordia/tensor';
import { z } from 'zod';

const EPSILON = 1e-5;

export const window = defineModel({
  kind: 'window',
  source: 'Bengio et al. 2003',
  description: 'An MLP that reads the last few tokens.',
  options: z.strictObject({
    hiddenSize: z.int().positive().default(32).describe('Width of hidden states'),
    tokens: z.int().positive().max(64).default(3).describe('Tokens that a prediction is made from'),
  }),
  create({ hiddenSize: width, tokens: window }, { vocabSize }) {
    /** Embeddings of the window `[rows, window * width]` to hidden states `[rows, width]`. */
    const read = (params, embedded) => {
      const mixed = applyLinear(params.mix, embedded);
      return add(mixed, applyMlp(params.mlp, applyNorm(params.norm, mixed, EPSILON)));
    };
    return {
      kind: 'window',
      vocabSize,
      contextLength: null,
      params: {
        embedding: tableSpecs(vocabSize, width, 1, { role: 'embedding' }),
        mix: linearSpecs(width, window * width, { role: 'mixer', layer: 0 }),
        norm: normSpecs(width, 0),
        mlp: mlpSpecs({
          hiddenSize: width,
          intermediateSize: 2 * width,
          layer: 0,
          bias: false,
          std: 0.1,
        }),
        head: linearSpecs(vocabSize, width, { role: 'head', bias: true }),
      },

      // tokens [batch, time] to hidden states [batch, time, width]
      forward(params, tokens) {
        const [batch, time] = tokens.shape;
        const rows = gatherRows(params.embedding.weight, reshape(tokens, [batch * time]));
        const embedded = reshape(rows, [batch, time, width]);
        // Zeros stand before the first token.
        const padded = pad(embedded, 1, window - 1, 0);
        const shifted = Array.from({ length: window }, (_, k) => slice(padded, 1, k, k + time));
        const joined = reshape(concat(shifted, 2), [batch * time, window * width]);
        return reshape(read(params, joined), [batch, time, width]);
      },

      readout: ({ head }) => head,

      // The same, token by token: the state is the embeddings of the window.
      stepping: {
        growth: 'constant',
        specs: ({ batch }) => ({ seen: spec('float32', [batch, window, width]) }),
        step(params, { seen }, token) {
          const [batch] = token.shape;
          const next = reshape(gatherRows(params.embedding.weight, token), [batch, 1, width]);
          const now = concat([slice(seen, 1, 1), next], 1);
          const hidden = read(params, reshape(now, [batch, window * width]));
          return { hidden, state: { seen: now } };
        },
      },
    };
  },
});

export default { models: [window] };
