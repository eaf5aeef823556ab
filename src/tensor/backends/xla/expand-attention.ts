// Attention for XLA, in blocks of query rows.

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

/** Expansions of attention and its derivative. */
export function attentionExpansions(
  /** Query rows of a block. A causal one skips the keys after it; attention that is not causal is one block. */
  rowsOf: (queries: number) => number,
): { readonly attention: Expansion; readonly attentionGradient: Expansion } {
  const attend: Attend = (inputs, attributes) => {
    const [queries, keys] = [inputs.q.shape[2]!, inputs.k.shape[2]!];
    const rows = attributes.causal ? rowsOf(queries) : Math.max(1, queries);
    return cutIntoChunks('attention', queries, rows).map(([start, end]) =>
      attendRows(inputs, attributes, { start, end, seen: attributes.causal ? end : keys }),
    );
  };
  return {
    attention: (...given) => expandAttention(attend, ...given),
    attentionGradient: (...given) => expandGradient(attend, ...given),
  };
}

type Attend = (
  inputs: AttentionInputs<Tensor>,
  attributes: AttentionAttributes,
) => readonly AttendedRows[];

function expandAttention(
  attend: Attend,
  node: Node,
  inputs: readonly Tensor[],
  memo: Map<Node, unknown>,
): readonly Tensor[] {
  const attributes = node.attributes as AttentionAttributes;
  const named = readAttentionInputs(inputs, attributes);
  const [batch, heads, queries, size] = named.q.shape as [number, number, number, number];
  const blocks = attend(named, attributes);
  memo.set(node, blocks);
  const join = (parts: readonly Tensor[]) => concat(parts, 2);
  const mixed = join(blocks.map(({ output }) => output));
  return [
    reshape(transpose(mixed, [0, 2, 1, 3]), [batch, queries, heads * size]),
    join(blocks.map(({ scores }) => logSumExp(scores))),
  ];
}

function expandGradient(
  attend: Attend,
  node: Node,
  inputs: readonly Tensor[],
  memo: Map<Node, unknown>,
): readonly Tensor[] {
  const attributes = node.attributes as AttentionAttributes;
  const named = readAttentionInputs(inputs, attributes);
  const { q, k, v, rest } = named;
  const { scale, precision } = attributes;
  const rounds = precision === 'bfloat16';
  const [output, , g] = rest as [Tensor, Tensor, Tensor];
  const [batch, heads, queries, size] = q.shape as [number, number, number, number];
  const split = (x: Tensor) => reshape(x, [batch, queries, heads, size]);
  const byHead = (x: Tensor) => transpose(x, [0, 2, 1, 3]);
  const dMixed = byHead(split(g));
  // Σ_j dW_ij W_ij = Σ_c dO_ic O_ic, over fewer elements, from the output that is kept anyway.
  const inner = byHead(sum(split(mul(g, output)), { axes: [-1], keepDims: true }));
  const kept = memo.get(forwardOf(node, attributes)!) as readonly AttendedRows[] | undefined;
  const found = (kept ?? attend(named, attributes)).map(
    ({ start, end, seen, weights, used, mask }) => {
      const rows = (x: Tensor) => slice(x, 2, start, end);
      const options = { precision, rounds };
      const dUsed = matmul(rows(dMixed), slice(v, 2, 0, seen), { transposeB: true, precision });
      const dWeights = mask ? mul(dUsed, mask) : dUsed;
      const dScores = mul(sub(dWeights, rows(inner)), weights);
      return [
        matmul(dScores, slice(k, 2, 0, seen), { scale, ...options }),
        matmul(dScores, rows(q), { transposeA: true, scale, ...options }),
        matmul(used, rows(dMixed), { transposeA: true, ...options }),
      ] as const;
    },
  );
  return [
    concat(
      found.map(([dq]) => dq),
      2,
    ),
    sumGrowing(found.map(([, dk]) => dk)),
    sumGrowing(found.map(([, , dv]) => dv)),
  ];
}

/** The node whose outputs are inputs of the derivative. */
function forwardOf(node: Node, attributes: AttentionAttributes): Node | undefined {
  const [output] = readAttentionInputs(node.inputs, attributes).rest;
  return output!.graph.producers.get(output!.id);
}

/** Adds tensors aligned at the start of axis 2; each is at least as long as the one before. */
function sumGrowing(parts: readonly Tensor[]): Tensor {
  return parts.reduce((total, part) =>
    add(pad(total, 2, 0, part.shape[2]! - total.shape[2]!), part),
  );
}
