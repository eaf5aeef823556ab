import { defineOperation } from '../operation.ts';
import { type AttentionAttributes, attendRows, readAttentionInputs } from './attention-parts.ts';
import { matmul } from './matmul.ts';
import { mul } from './mul.ts';
import { reshape } from './reshape.ts';
import { sub } from './sub.ts';
import { sum } from './sum.ts';
import { transpose } from './transpose.ts';

/**
 * Cotangents of `attention`'s queries, keys and values. Its inputs are those of attention, both of its outputs, and the
 * cotangent of the first. The decomposition recomputes the weights from queries and keys, so that it has a derivative.
 */
export const attentionGradientOperation = defineOperation<AttentionAttributes>({
  name: 'attentionGradient',
  shape: ([q, k, v]) => [q!, k!, v!],
  decompose: (inputs, attributes) => {
    const named = readAttentionInputs(inputs, attributes);
    const { q, k, v, rest } = named;
    const g = rest.at(-1)!;
    const { scale, precision } = attributes;
    const rounds = precision === 'bfloat16';
    const [batch, heads, queries, size] = q.shape as [number, number, number, number];
    const rows = { start: 0, end: queries, seen: k.shape[2]! };
    const { weights, used, mask, output } = attendRows(named, attributes, rows);
    const dOutput = transpose(reshape(g, [batch, queries, heads, size]), [0, 2, 1, 3]);
    const dUsed = matmul(dOutput, v, { transposeB: true, precision });
    // Σ_j dW_ij W_ij = Σ_c dO_ic O_ic, over fewer elements.
    const inner = sum(mul(dOutput, output), { axes: [-1], keepDims: true });
    const dScores = mul(sub(mask ? mul(dUsed, mask) : dUsed, inner), weights);
    return [
      matmul(dScores, k, { scale, precision, rounds }),
      matmul(dScores, q, { transposeA: true, scale, precision, rounds }),
      matmul(used, dOutput, { transposeA: true, precision, rounds }),
    ];
  },
});
