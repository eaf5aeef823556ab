// minGRU (Feng et al. 2024, arXiv 2410.01201): a GRU whose gate and candidate do not look at the state, so that all
// states of a sequence follow from a scan. h(t) = (1 − z(t)) · h(t − 1) + z(t) · c(t), with z = σ(W x) and c = V x.

import { spec } from 'primordia/core';
import {
  applyLinear,
  applyMlp,
  applyNorm,
  defineModel,
  linearSpecs,
  mlpSpecs,
  normSpecs,
  tableSpecs,
} from 'primordia/nn';
import { add, gatherRows, mul, pad, reshape, sigmoid, slice, sub } from 'primordia/tensor';
import { z } from 'zod';

const EPSILON = 1e-5;
const count = z.int().positive();

const options = z.strictObject({
  hiddenSize: count.default(64).describe('Width of a hidden state.'),
  layers: count.default(2).describe('Layers, each a minGRU and a SwiGLU.'),
  stateSize: count.optional().describe('Width of the state of a layer; by default hiddenSize.'),
  intermediateSize: count
    .optional()
    .describe('Width inside of a SwiGLU; by default twice hiddenSize.'),
});

function layerSpecs({ hiddenSize, stateSize, intermediateSize }, layer) {
  const place = { role: 'mixer', layer };
  return {
    norm: normSpecs(hiddenSize, layer),
    gate: linearSpecs(stateSize, hiddenSize, { ...place, part: 'gate', bias: true }),
    candidate: linearSpecs(stateSize, hiddenSize, { ...place, part: 'value', bias: true }),
    output: linearSpecs(hiddenSize, stateSize, { ...place, part: 'output' }),
    mlpNorm: normSpecs(hiddenSize, layer),
    mlp: mlpSpecs({
      hiddenSize,
      intermediateSize,
      layer,
      bias: false,
      std: intermediateSize ** -0.5,
    }),
  };
}

/**
 * A layer around whatever makes states of gates and candidates.
 *
 * @param x `[..., hiddenSize]`
 */
function applyLayer(params, x, advance) {
  const seen = applyNorm(params.norm, x, EPSILON);
  const z = sigmoid(applyLinear(params.gate, seen));
  const states = advance(sub(1, z), mul(z, applyLinear(params.candidate, seen)));
  const mixed = add(x, applyLinear(params.output, states));
  return add(mixed, applyMlp(params.mlp, applyNorm(params.mlpNorm, mixed, EPSILON)));
}

/**
 * h(t) = keep(t) · h(t − 1) + take(t) from h(−1) = 0, `[batch, time, stateSize]`, in log2(time) steps (Hillis and Steele
 * 1986): after the step of distance d, entry t tells of the last 2d tokens.
 */
function scan(keep, take) {
  const time = keep.shape[1];
  let [a, b] = [keep, take];
  for (let distance = 1; distance < time; distance *= 2) {
    // What comes from before the beginning is zero, and so is the state there.
    const before = (x) => slice(pad(x, 1, distance, 0), 1, 0, time);
    [a, b] = [mul(a, before(a)), add(mul(a, before(b)), b)];
  }
  return b;
}

export const minGru = defineModel({
  kind: 'my-min-gru',
  source: 'Feng et al. 2024, arXiv 2410.01201',
  description: 'A recurrent network whose states follow from a scan, between SwiGLU layers.',
  options,
  create(given, { vocabSize }) {
    const { hiddenSize, layers } = given;
    const { stateSize = hiddenSize, intermediateSize = 2 * hiddenSize } = given;
    const sizes = { hiddenSize, stateSize, intermediateSize };
    const readHidden = (params, x) => applyNorm(params.norm, x, EPSILON);
    return {
      kind: 'my-min-gru',
      vocabSize,
      contextLength: null,
      params: {
        embedding: tableSpecs(vocabSize, hiddenSize, 1, { role: 'embedding' }),
        layers: Array.from({ length: layers }, (_, layer) => layerSpecs(sizes, layer)),
        norm: normSpecs(hiddenSize),
        head: linearSpecs(vocabSize, hiddenSize, { role: 'head', bias: true }),
      },
      forward(params, tokens) {
        const [batch, time] = tokens.shape;
        const rows = gatherRows(params.embedding.weight, reshape(tokens, [batch * time]));
        const hidden = params.layers.reduce(
          (x, layer) => applyLayer(layer, x, scan),
          reshape(rows, [batch, time, hiddenSize]),
        );
        return readHidden(params, hidden);
      },
      readout: ({ head }) => head,
      stepping: {
        growth: 'constant',
        specs: ({ batch }) => ({
          layers: Array.from({ length: layers }, () => spec('float32', [batch, stateSize])),
        }),
        step(params, state, token) {
          let x = gatherRows(params.embedding.weight, token);
          const next = params.layers.map((layer, i) => {
            let h;
            x = applyLayer(layer, x, (keep, take) => {
              h = add(mul(keep, state.layers[i]), take);
              return h;
            });
            return h;
          });
          return { hidden: readHidden(params, x), state: { layers: next } };
        },
      },
    };
  },
});

export default { models: [minGru] };
