// Attention for onnxruntime, in chunks of query rows. The attention weights are kept for the derivative.

import { logSumExp } from '../../functions/log-sum-exp.ts';
import type { Node, Tensor } from '../../graph.ts';
import { add } from '../../operations/add.ts';
import {
  type AttendedRows,
  type AttentionAttributes,
  type AttentionInputs,
  attendRows,
  readAttentionInputs,
} from '../../operations/attention-parts.ts';
import { concat } from '../../operations/concat.ts';
import { matmul } from '../../operations/matmul.ts';
import { mul } from '../../operations/mul.ts';
import { pad } from '../../operations/pad.ts';
import { reshape } from '../../operations/reshape.ts';
import { slice } from '../../operations/slice.ts';
import { sub } from '../../operations/sub.ts';
import { sum } from '../../operations/sum.ts';
import { transpose } from '../../operations/transpose.ts';
import type { Expansion } from '../../rewrite.ts';
import { cutIntoChunks } from '../../shape.ts';
import { sliceAgain } from './slice-again.ts';

/** Expansions of attention and its derivative. */
export function attentionExpansions(
  /** Query rows handled at a time; a causal chunk skips the keys after it. */
  rowsOf: (attributes: AttentionAttributes, q: Tensor) => number,
): { readonly attention: Expansion; readonly attentionGradient: Expansion } {
  const attend = (inputs: AttentionInputs<Tensor>, attributes: AttentionAttributes) => {
    const queries = inputs.q.shape[2]!;
    const chunks = cutIntoChunks('attention', queries, rowsOf(attributes, inputs.q));
    return chunks.map(([start, end]) =>
      attendRows(inputs, attributes, {
        start,
        end,
        seen: attributes.causal ? end : inputs.k.shape[2]!,
      }),
    );
  };
  return {
    attention(node, inputs, memo) {
      const attributes = node.attributes as AttentionAttributes;
      const named = readAttentionInputs(inputs, attributes);
      const [batch, heads, queries, size] = named.q.shape as [number, number, number, number];
      const chunks = attend(named, attributes);
      memo.set(node, chunks);
      const mixed = concat(
        chunks.map(({ output }) => output),
        2,
      );
      const output = reshape(transpose(mixed, [0, 2, 1, 3]), [batch, queries, heads * size]);
      const totals = chunks.map(({ scores }) => logSumExp(scores));
      return [output, concat(totals, 2)];
    },
    attentionGradient(node, inputs, memo) {
      const attributes = node.attributes as AttentionAttributes;
      const named = readAttentionInputs(inputs, attributes);
      const [output, , g] = named.rest as [Tensor, Tensor, Tensor];
      const chunks =
        (memo.get(forwardOf(node, attributes)!) as AttendedRows[] | undefined) ??
        attend(named, attributes);
      return differentiate(named, attributes, chunks, output, g);
    },
  };
}

/** The node whose outputs are inputs of the derivative. */
function forwardOf(node: Node, attributes: AttentionAttributes): Node | undefined {
  const [output] = readAttentionInputs(node.inputs, attributes).rest;
  return output!.graph.producers.get(output!.id);
}

function differentiate(
  { q, k, v }: AttentionInputs<Tensor>,
  { scale }: AttentionAttributes,
  chunks: readonly AttendedRows[],
  output: Tensor,
  g: Tensor,
): readonly Tensor[] {
  const [batch, heads, queries, size] = q.shape as [number, number, number, number];
  const split = (x: Tensor) => reshape(x, [batch, queries, heads, size]);
  const dMixed = transpose(split(g), [0, 2, 1, 3]);
  // Σ_j dW_ij W_ij = Σ_c dO_ic O_ic, over fewer elements, from the output that is kept anyway.
  const inner = transpose(sum(split(mul(g, output)), { axes: [-1], keepDims: true }), [0, 2, 1, 3]);
  const dScores = chunks.map(({ start, end, seen, weights, mask }) => {
    // Slicing again is cheaper than keeping the copies of the forward pass until here.
    const values = sliceAgain(v, 2, 0, seen);
    const dUsed = matmul(slice(dMixed, 2, start, end), values, { transposeB: true });
    const dWeights = mask ? mul(dUsed, mask) : dUsed;
    return mul(sub(dWeights, slice(inner, 2, start, end)), weights);
  });
  return [
    concat(
      chunks.map(({ seen }, i) => matmul(dScores[i]!, sliceAgain(k, 2, 0, seen), { scale })),
      2,
    ),
    // Transposed, as (qᵀ·dS)ᵀ and (dOᵀ·P)ᵀ, because onnxruntime packs the narrow side of a product faster than the wide one.
    transpose(
      sumGrowing(
        chunks.map(({ start, end }, i) =>
          matmul(sliceAgain(q, 2, start, end), dScores[i]!, { transposeA: true, scale }),
        ),
      ),
    ),
    transpose(
      sumGrowing(
        chunks.map(({ used, start, end }) =>
          matmul(slice(dMixed, 2, start, end), used, { transposeA: true }),
        ),
      ),
    ),
  ];
}

/** Adds tensors aligned at the start of axis 3; each is at least as long as the one before. */
function sumGrowing(parts: readonly Tensor[]): Tensor {
  return parts.reduce((total, part) =>
    add(pad(total, 3, 0, part.shape[3]! - total.shape[3]!), part),
  );
}
