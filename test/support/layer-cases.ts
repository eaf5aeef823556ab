// Layers, losses and attention with inputs to differentiate and a plain reference for their values.

import * as t from '../../src/tensor/index.ts';
import {
  ids,
  type OperationCase,
  operationCase as op,
  positive,
  randn,
} from './operation-cases.ts';
import type { Values } from './reference-ops.ts';
import * as ref from './reference-ops.ts';

const x = randn('x', 2, 3, 4);
const weight = positive('w', 4);

const logistic = (v: number) => 1 / (1 + Math.exp(-v));
const last = (x: Values) => x.shape.length - 1;
const average = (values: number[]) => ref.total(values) / values.length;

function rmsNormOf(x: Values, w: Values, epsilon: number): Values {
  const meanSquare = ref.reduce(
    ref.map((v) => v * v, x),
    average,
    [last(x)],
    true,
  );
  return ref.map((v, m, u) => (v / Math.sqrt(m + epsilon)) * u, x, meanSquare, w);
}

function layerNormOf(x: Values, w: Values, b: Values, epsilon: number): Values {
  const center = ref.reduce(x, average, [last(x)], true);
  const variance = ref.reduce(
    ref.map((v, m) => (v - m) ** 2, x, center),
    average,
    [last(x)],
    true,
  );
  return ref.map(
    (v, m, s, u, c) => ((v - m) / Math.sqrt(s + epsilon)) * u + c,
    x,
    center,
    variance,
    w,
    b,
  );
}

/** Pairs (i, i + half) at time t turn by t · base^(−i / half). */
function ropeOf(x: Values, base: number, direction: 1 | -1): Values {
  const half = x.shape.at(-1)! / 2;
  return ref.fromIndex(x.shape, ([b, h, time, c]) => {
    const i = c! % half;
    const angle = (direction * time!) / base ** (i / half);
    const [u, v] = [ref.at(x, [b!, h!, time!, i]), ref.at(x, [b!, h!, time!, i + half])];
    return c! < half
      ? u * Math.cos(angle) - v * Math.sin(angle)
      : v * Math.cos(angle) + u * Math.sin(angle);
  });
}

const rotate = (inverse: boolean) => (a: t.Tensor) =>
  t.rope(a, t.rotaryTable(a.graph, 3, 4, 100, a.dtype), inverse);

const normCases = [
  op('softmax', [x], t.softmax, ref.softmaxOf),
  op('logSoftmax', [x], t.logSoftmax, (a) => ref.map(Math.log, ref.softmaxOf(a))),
  op(
    'rmsNorm',
    [x, weight],
    (a, w) => t.rmsNorm(a, w, 1e-2),
    (a, w) => rmsNormOf(a, w, 1e-2),
  ),
  op(
    'layerNorm',
    [x, weight, randn('b', 4)],
    (a, w, b) => t.layerNorm(a, w, b, 1e-2),
    (a, w, b) => layerNormOf(a, w, b, 1e-2),
  ),
  op('rope', [randn('x', 2, 2, 3, 4)], rotate(false), (a) => ropeOf(a, 100, 1)),
  op('rope, inverse', [randn('x', 2, 2, 3, 4)], rotate(true), (a) => ropeOf(a, 100, -1)),
  op('swiglu', [randn('x', 2, 3), randn('y', 2, 3)], t.swiglu, (a, b) =>
    ref.map((u, v) => u * logistic(u) * v, a, b),
  ),
];

const qkv = [randn('q', 2, 2, 5, 2), randn('k', 2, 2, 5, 2), randn('v', 2, 2, 5, 2)] as const;
const bias = ref.fromIndex([5, 5], ([i, j]) => Math.sin(3 * i! + j!));
const biasTensor = (like: t.Tensor) =>
  t.constant(like.graph, {
    dtype: like.dtype,
    shape: [5, 5],
    data: like.dtype === 'float32' ? Float32Array.from(bias.data) : Float64Array.from(bias.data),
  });

const attentionCases = [false, true].flatMap((causal) => {
  const label = `attention${causal ? ', causal' : ''}`;
  return [
    op(
      label,
      qkv,
      (q, k, v) => t.attention(q, k, v, { causal }),
      (q, k, v) => ref.attentionOf([q, k, v], { causal }),
    ),
    op(
      `${label}, with bias and scale`,
      qkv,
      (q, k, v) => t.attention(q, k, v, { causal, scale: 0.3, bias: biasTensor(q) }),
      (q, k, v) => ref.attentionOf([q, k, v], { causal, scale: 0.3, bias }),
    ),
  ];
});

/** The dropout factors of attention weights `[2, 2, 5, 5]`. */
function dropoutFactors(keep: number, key: ArrayLike<number>, stream: number) {
  const drawn = ref.uniformOf(key, stream, [2, 2, 5, 5]);
  return (index: readonly number[]) =>
    ref.at(drawn, [...index]) < Math.fround(keep) ? 1 / keep : 0;
}

const dropoutCases = [false, true].map((causal) =>
  op(
    `attention${causal ? ', causal' : ''}, with dropout`,
    [...qkv, ids('int32', [2], 123, -456)],
    (q, k, v, key) =>
      t.attention(q, k, v, { causal, dropout: { rate: 0.4, key: key!, stream: 7 } }),
    (q, k, v) => ref.attentionOf([q, k, v], { causal, mask: dropoutFactors(0.6, [123, -456], 7) }),
  ),
);

const crossAttentionCase = op(
  'attention of three queries on five keys',
  [randn('q', 2, 2, 3, 2), qkv[1], qkv[2]],
  (q, k, v) => t.attention(q, k, v),
  (q, k, v) => ref.attentionOf([q, k, v]),
);

const hidden = randn('h', 5, 3);
const vocabulary = randn('W', 6, 3);
const targets = ids('int32', [5], 2, 0, 2, 5, 2);

function crossEntropyOf(h: Values, w: Values, ids: Values): Values {
  const p = ref.softmaxOf(ref.product(h, ref.swapLast(w)));
  return ref.fromIndex([h.shape[0]!], ([i]) => -Math.log(ref.at(p, [i!, ref.at(ids, [i!])])));
}

const lossCases = [
  op(
    'linearCrossEntropy',
    [hidden, vocabulary, targets],
    (h, w, i) => t.linearCrossEntropy(h, w, i).losses,
    crossEntropyOf,
  ),
  // The cotangent of every chunk depends on the losses of all.
  op(
    'linearCrossEntropy, perplexity',
    [hidden, vocabulary, targets],
    (h, w, i) => t.exp(t.mean(t.linearCrossEntropy(h, w, i).losses)),
    (h, w, i) => ref.map(Math.exp, ref.reduce(crossEntropyOf(h, w, i), average)),
  ),
  op(
    'linearCrossEntropy, the product of two',
    [hidden, vocabulary, targets],
    (h, w, i) => {
      const mean = (x: t.Tensor) => t.mean(t.linearCrossEntropy(x, w, i).losses);
      return t.mul(mean(h), mean(t.mul(h, h)));
    },
    (h, w, i) => {
      const mean = (x: Values) => ref.reduce(crossEntropyOf(x, w, i), average);
      return ref.map((u, v) => u * v, mean(h), mean(ref.map((v) => v * v, h)));
    },
  ),
  op(
    'linearCrossEntropy of normalized states and embedding (tied)',
    [hidden, vocabulary, targets],
    (h, w, i) => t.linearCrossEntropy(t.add(h, t.gatherRows(w, i)), w, i).losses,
    (h, w, i) =>
      crossEntropyOf(
        ref.fromIndex([5, 3], ([r, c]) => ref.at(h, [r!, c!]) + ref.at(w, [ref.at(i, [r!]), c!])),
        w,
        i,
      ),
  ),
  op('meanSquaredError', [hidden, randn('z', 5, 3)], t.meanSquaredError, (a, b) =>
    ref.reduce(
      ref.map((u, v) => (u - v) ** 2, a, b),
      average,
    ),
  ),
  op(
    'pairwiseSquaredDistances',
    [randn('x', 2, 3, 4), randn('y', 2, 2, 4)],
    t.pairwiseSquaredDistances,
    (a, b) =>
      ref.fromIndex([2, 3, 2], ([n, i, j]) =>
        ref.total([0, 1, 2, 3].map((c) => (ref.at(a, [n!, i!, c]) - ref.at(b, [n!, j!, c])) ** 2)),
      ),
  ),
];

/** h' = tanh(h · w + x), the states after each step. */
function recurrenceOf(h: Values, x: Values, w: Values, reverse: boolean): Values {
  const states: Values[] = [];
  for (let n = 0; n < 4; n++) {
    const t = reverse ? 3 - n : n;
    const entry = ref.fromIndex([2, 3], (index) => ref.at(x, [t, ...index]));
    const sum = ref.map((u, v) => u + v, ref.product(states.at(-1) ?? h, w), entry);
    states.push(ref.map(Math.tanh, sum));
  }
  if (reverse) states.reverse();
  return ref.fromIndex([4, 2, 3], ([t, ...index]) => ref.at(states[t!]!, index));
}

const loopCases = [{}, { reverse: true }, { checkpointEvery: 3 }].map((options) =>
  op(
    `scan with ${JSON.stringify(options)}`,
    [randn('h', 2, 3), randn('xs', 4, 2, 3), randn('w', 3, 3)],
    (h, xs, w) =>
      t.scan(
        (carry: t.Tensor, entry: t.Tensor, own: t.Tensor) => {
          const next = t.tanh(t.add(t.matmul(carry, own), entry));
          return { carry: next, y: next };
        },
        { init: h, xs, consts: w, ...options },
      ).ys,
    (h, xs, w) => recurrenceOf(h, xs, w, 'reverse' in options),
  ),
);

export const LAYER_CASES: readonly OperationCase[] = [
  ...normCases,
  ...attentionCases,
  ...dropoutCases,
  crossAttentionCase,
  ...lossCases,
  ...loopCases,
];
