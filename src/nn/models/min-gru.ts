// minGRU (Feng et al. 2024, "Were RNNs all we needed?"): its gates see the input only, so all steps of a sequence are one
// parallel scan.

import { z } from 'zod';
import { type ArraySpec, type ParamSpec, spec } from '../../core/index.ts';
import {
  add,
  associativeScan,
  gatherRows,
  mul,
  reshape,
  sigmoid,
  slice,
  stack,
  sub,
  type Tensor,
} from '../../tensor/tracing.ts';
import {
  applyLinear,
  type Linear,
  linearSpecs,
  tableSpecs,
  type Weight,
} from '../layers/linear.ts';
import { applyMlp, type Mlp, mlpSpecs } from '../layers/mlp.ts';
import { applyNorm, type Norm, normSpecs } from '../layers/norm.ts';
import { count } from './count.ts';
import { defineModel, type Model } from './model.ts';

const options = z.strictObject({
  hiddenSize: count.default(64).describe('Width of hidden states.'),
  layers: count.default(2).describe('Number of layers, each a minGRU and an MLP.'),
  intermediateSize: count
    .optional()
    .describe('Inner width of the MLPs; by default 2 · hiddenSize.'),
  embeddingStd: z
    .number()
    .positive()
    .default(0.02)
    .describe('Standard deviation of initial embeddings.'),
});

type Layer<T> = {
  readonly mixer_norm: Norm<T>;
  readonly gate: Linear<T>;
  readonly candidate: Linear<T>;
  readonly output: Linear<T>;
  readonly mlp_norm: Norm<T>;
  readonly mlp: Mlp<T>;
};

export type MinGruParams<T> = {
  readonly embedding: Weight<T>;
  readonly layers: readonly Layer<T>[];
  readonly norm: Norm<T>;
  readonly head: Weight<T>;
};

/** `hidden [batch, layers, hiddenSize]` */
type MinGruState<T> = { readonly hidden: T };

const EPSILON = 1e-5;

type Sizes = z.output<typeof options> & { readonly intermediateSize: number };
export type MinGruModel = Model<MinGruParams<ParamSpec>, MinGruState<ArraySpec>>;

/** Options with the width that follows from another one. */
const fillSizes = (given: z.output<typeof options>): Sizes => ({
  ...given,
  intermediateSize: given.intermediateSize ?? 2 * given.hiddenSize,
});

/** minGRU (Feng et al. 2024): gates that see only the input, so that a sequence is a parallel scan. */
export const minGru = defineModel({
  kind: 'min-gru',
  source: 'Feng et al. 2024, arXiv 2410.01201',
  description:
    'A gated recurrent network whose gates depend on the input only: trained by a parallel scan, run step by step.',
  options,
  resolve: fillSizes,
  create: (given, { vocabSize }) => createMinGru(fillSizes(given), vocabSize),
});

function createMinGru(sizes: Sizes, vocabSize: number): MinGruModel {
  const { hiddenSize: d, layers } = sizes;
  return {
    kind: 'min-gru',
    vocabSize,
    contextLength: null,
    params: minGruSpecs(sizes, vocabSize),
    forward(params, tokens) {
      const [batch, time] = tokens.shape as [number, number];
      const bySequence = (x: Tensor) => reshape(x, [batch, time, d]);
      const hidden = through(params, reshape(tokens, [batch * time]), (_, keep, write) =>
        reshape(scanLinear(bySequence(keep), bySequence(write)), [batch * time, d]),
      );
      return bySequence(hidden);
    },
    readout: ({ head }) => head,
    stepping: {
      growth: 'constant',
      specs: ({ batch }) => ({ hidden: spec('float32', [batch, layers, d]) }),
      step(params, state, token) {
        const next: Tensor[] = [];
        const hidden = through(params, token, (layer, keep, write) => {
          const before = reshape(slice(state.hidden, 1, layer, layer + 1), [-1, d]);
          next.push(add(mul(keep, before), write));
          return next.at(-1)!;
        });
        return { hidden, state: { hidden: stack(next, 1) } };
      },
    },
  };
}

function minGruSpecs(sizes: Sizes, vocabSize: number): MinGruParams<ParamSpec> {
  const { hiddenSize: d, layers, intermediateSize, embeddingStd } = sizes;
  // Residual branches are scaled down with the number of layers (Radford et al. 2019).
  const std = (2 * layers * d) ** -0.5;
  return {
    embedding: tableSpecs(vocabSize, d, embeddingStd, { role: 'embedding' }),
    layers: Array.from({ length: layers }, (_, layer) => ({
      mixer_norm: normSpecs(d, layer),
      gate: linearSpecs(d, d, { role: 'mixer', part: 'gate', layer, bias: true }),
      candidate: linearSpecs(d, d, { role: 'mixer', part: 'value', layer, bias: true }),
      output: linearSpecs(d, d, { role: 'mixer', part: 'output', layer, std }),
      mlp_norm: normSpecs(d, layer),
      mlp: mlpSpecs({ hiddenSize: d, intermediateSize, bias: false, layer, std }),
    })),
    norm: normSpecs(d),
    head: tableSpecs(vocabSize, d, d ** -0.5, { role: 'head' }),
  };
}

/** Computes the states of a layer from `keep` and `write`, `[rows, hiddenSize]` each. */
type Recurrence = (layer: number, keep: Tensor, write: Tensor) => Tensor;

/** All layers: h_t = (1 − z_t) ∘ h_{t−1} + z_t ∘ h̃_t, where gate z and candidate h̃ are affine in the input (eq. 6 to 8). */
function through(params: MinGruParams<Tensor>, tokens: Tensor, recur: Recurrence): Tensor {
  let x = gatherRows(params.embedding.weight, tokens);
  params.layers.forEach((layer, i) => {
    const input = applyNorm(layer.mixer_norm, x, EPSILON);
    const gate = sigmoid(applyLinear(layer.gate, input));
    const write = mul(gate, applyLinear(layer.candidate, input));
    x = add(x, applyLinear(layer.output, recur(i, sub(1, gate), write)));
    x = add(x, applyMlp(layer.mlp, applyNorm(layer.mlp_norm, x, EPSILON)));
  });
  return applyNorm(params.norm, x, EPSILON);
}

/**
 * h_t = keep_t ∘ h_{t−1} + write_t from h = 0, for all t at once. Two steps combine into one with its own keep and write.
 *
 * @param keep `[batch, time, width]`, and `write` likewise
 */
function scanLinear(keep: Tensor, write: Tensor): Tensor {
  return associativeScan(
    (first, then) => ({
      keep: mul(first.keep, then.keep),
      write: add(mul(then.keep, first.write), then.write),
    }),
    { keep, write },
    { axis: 1 },
  ).write;
}
