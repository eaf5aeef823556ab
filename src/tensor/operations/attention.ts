// Scaled dot-product attention (Vaswani et al. 2017).

import { hashUniform, roundToBfloat16 } from '../../core/index.ts';
import { logSumExp } from '../functions/log-sum-exp.ts';
import type { Tensor, Values } from '../graph.ts';
import { applyAll, defineOperation, FLOATS, lazily, requireDtype } from '../operation.ts';
import { broadcastPlaces, matricesOf } from '../values.ts';
import { attentionGradientOperation } from './attention-gradient.ts';
import {
  type AttentionAttributes,
  attendRows,
  checkAttentionShapes,
  readAttentionInputs,
} from './attention-parts.ts';
import { readFactor } from './matmul.ts';
import { reshape } from './reshape.ts';
import { transpose } from './transpose.ts';

export type AttentionOptions = {
  /** Query row i sees keys 0..i only; queries and keys must then be equally long. */
  causal?: boolean;
  /** Multiplies the scores; by default 1 / sqrt(headSize). */
  scale?: number;
  /**
   * Added to the scores, for example large negative numbers at forbidden positions: `[queries, keys]`, or
   * `[batch, heads, queries, keys]` where batch and heads may be 1. Carries no gradient.
   */
  bias?: Tensor;
  /** Dropout of attention weights: rate, key (int32 `[2]`) and the stream to draw from. */
  dropout?: { rate: number; key: Tensor; stream: number };
};

/** Its second output, log Σ exp of the scores `[batch, heads, queries]`, serves a backend's own derivative. */
export const attentionOperation = defineOperation<AttentionAttributes>({
  name: 'attention',
  shape: (inputs, attributes) => {
    const named = readAttentionInputs(inputs, attributes);
    requireDtype('attention', named.q, FLOATS);
    checkAttentionShapes(named, attributes);
    const [batch, heads, queries, size] = named.q.shape as [number, number, number, number];
    const { dtype } = named.q;
    return [
      { dtype, shape: [batch, queries, heads * size] },
      { dtype, shape: [batch, heads, queries] },
    ];
  },
  vjp: ({ inputs, outputs, attributes }, [g]) => {
    const made = lazily(() =>
      applyAll(attentionGradientOperation, [...inputs, ...outputs, g!], attributes),
    );
    return inputs.map((_, i) => (i < 3 ? () => made()[i]! : undefined));
  },
  decompose: (inputs, attributes) => {
    const named = readAttentionInputs(inputs, attributes);
    const { q, k } = named;
    const [batch, heads, queries, size] = q.shape as [number, number, number, number];
    const seen = k.shape[2]!;
    const { output, scores } = attendRows(named, attributes, { start: 0, end: queries, seen });
    return [
      reshape(transpose(output, [0, 2, 1, 3]), [batch, queries, heads * size]),
      logSumExp(scores),
    ];
  },
  interpret: (inputs, attributes) => {
    const { q, k, v, bias, key } = readAttentionInputs(inputs, attributes);
    const { causal, scale, dropout, precision } = attributes;
    const round = precision === 'bfloat16' ? roundToBfloat16 : (value: number) => value;
    const [batch, heads, queries, size] = q.shape as [number, number, number, number];
    const keys = k.shape[2]!;
    const output = new Float64Array(batch * queries * heads * size);
    const totals = new Float64Array(batch * heads * queries);
    const biasOf = readBias(bias, [batch, heads, queries, keys]);
    const factorOf = (element: number) => {
      if (!dropout || !key) return 1;
      const keep = 1 - dropout.rate;
      const drawn = hashUniform([key.data[0]!, key.data[1]!], dropout.stream, element);
      return drawn < Math.fround(keep) ? 1 / keep : 0;
    };
    const [qs, ks, vs] = [q, k, v].map((x) => matricesOf(readFactor(x, precision))) as [
      Float64Array[],
      Float64Array[],
      Float64Array[],
    ];
    for (let head = 0; head < batch * heads; head++) {
      for (let row = 0; row < queries; row++) {
        const seen = causal ? row + 1 : keys;
        const at = (column: number) => (head * queries + row) * keys + column;
        const scores = Float64Array.from({ length: seen }, (_, column) => {
          let score = 0;
          for (let c = 0; c < size; c++) {
            score += qs[head]![row * size + c]! * ks[head]![column * size + c]!;
          }
          return score * scale + biasOf(at(column));
        });
        const top = Math.max(...scores);
        const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
        totals[head * queries + row] = top + Math.log(total);
        const place = (Math.floor(head / heads) * queries + row) * heads + (head % heads);
        scores.forEach((score, column) => {
          const weight = round((Math.exp(score - top) / total) * factorOf(at(column)));
          for (let c = 0; c < size; c++) {
            output[place * size + c]! += weight * vs[head]![column * size + c]!;
          }
        });
      }
    }
    return [output.map(round), totals];
  },
});

function readBias(bias: Values | undefined, shape: readonly number[]): (element: number) => number {
  if (!bias) return () => 0;
  const places = broadcastPlaces(bias.shape, shape);
  return (element) => bias.data[places[element]!]!;
}

/**
 * softmax(q·kᵀ·scale + mask)·v for `q [batch, heads, queries, size]` and
 * `k, v [batch, heads, keys, size]` → `[batch, queries, heads · size]`.
 *
 * @throws ShapeError for shapes that do not fit together
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const { causal = false, scale = q.shape.at(-1)! ** -0.5, bias, dropout } = options;
  const drops = dropout !== undefined && dropout.rate > 0;
  const inputs = [q, k, v, ...(bias ? [bias] : []), ...(drops ? [dropout.key] : [])];
  return applyAll(attentionOperation, inputs, {
    causal,
    scale,
    biased: bias !== undefined,
    dropout: drops ? { rate: dropout.rate, stream: dropout.stream } : null,
    precision: q.graph.precision,
  })[0]!;
}
