// Operations that are expanded into simpler ones for onnxruntime.

import type { Node, Tensor } from '../../graph.ts';
import { add } from '../../operations/add.ts';
import { matmul } from '../../operations/matmul.ts';
import { mul } from '../../operations/mul.ts';
import { reshape } from '../../operations/reshape.ts';
import { sigmoid } from '../../operations/sigmoid.ts';
import { silu } from '../../operations/silu.ts';
import { sub } from '../../operations/sub.ts';
import type { OperationName } from '../../operations/table.ts';
import { decomposition, type Expansion } from '../../rewrite.ts';
import { attentionExpansions } from './expand-attention.ts';
import { linearCrossEntropyExpansions } from './expand-linear-cross-entropy.ts';
import { loweringOf } from './lowerings.ts';

/** Sizes of the pieces in which large operations are computed. */
export type ChunkSizes = {
  /** Query rows of causal attention; by default 64 to 128, by the size of their scores. */
  readonly attentionRows: number | null;
  /** Rows of a linear read-out's loss; by default the number whose logits take about 20 MB. */
  readonly lossRows: number | null;
};

/** Measured on two cores; such chunks stay in the caches. */
export const DEFAULT_CHUNKS: ChunkSizes = { attentionRows: null, lossRows: null };

/**
 * With fewer rows per chunk, less masked work is computed in more nodes. That pays for large scores, in chunks of about 8 MB. Long
 * sequences get more rows per chunk, because many nodes take long to compile.
 */
function defaultAttentionRows({ shape }: Tensor): number {
  const [batch, heads, queries] = shape as [number, number, number];
  const bySize = 2 ** 21 / (batch * heads * queries);
  return Math.max(Math.min(128, Math.max(64, Math.floor(bySize))), Math.ceil(queries / 8));
}

/** Small enough for a cache, large enough to amortize the sums. */
function defaultLossRows(vocabulary: number): number {
  return Math.max(64, 2 ** Math.floor(Math.log2(5_200_000 / vocabulary)));
}

const swiglu: Expansion = (_node, [gate, up]) => [mul(silu(gate!), up!)];

const swigluGradient: Expansion = (_node, [gate, up, g]) => {
  // onnxruntime merges equal nodes, so silu(gate) is kept from the forward pass, and only the sigmoid is computed here.
  const activated = silu(gate!);
  const slope = mul(sigmoid(gate!), add(sub(gate!, activated), 1));
  return [mul(mul(g!, up!), slope), mul(g!, activated)];
};

/**
 * dx = g∘w∘r − x∘(r³ · Σ g∘w∘x / width) and dw = rᵀ·(g∘x) for the reciprocal root mean square r. The sums are products of a
 * matrix and a vector, which write very little memory.
 */
const rmsNormGradient: Expansion = (_node, [x, weight, inverse, g]) => {
  const width = weight!.shape[0]!;
  const rows = (array: Tensor) => reshape(array, [-1, array.shape.at(-1)!]);
  const product = mul(rows(g!), rows(x!));
  const along = reshape(matmul(product, reshape(weight!, [width, 1])), inverse!.shape);
  const cubed = mul(mul(inverse!, inverse!), inverse!);
  const straight = mul(mul(g!, weight!), inverse!);
  const sums = matmul(rows(inverse!), product, { transposeA: true });
  return [sub(straight, mul(x!, mul(mul(along, cubed), 1 / width))), reshape(sums, [width])];
};

/** The expansion of a node; undefined if it is lowered directly. */
export function expansionsFor(chunks: ChunkSizes): (node: Node) => Expansion | undefined {
  const own: Partial<Record<OperationName, Expansion>> = {
    ...attentionExpansions(({ causal }, q) => {
      const queries = q.shape[2]!;
      if (!causal) return queries;
      return Math.min(queries, chunks.attentionRows ?? defaultAttentionRows(q));
    }),
    ...linearCrossEntropyExpansions((vocabulary) => chunks.lossRows ?? defaultLossRows(vocabulary)),
    swiglu,
    swigluGradient,
    rmsNormGradient,
  };
  return ({ operation }) => {
    const expansion = own[operation.name as OperationName];
    if (expansion) return expansion;
    if (loweringOf(operation.name)) return undefined;
    if (operation.decompose) return decomposition;
    throw new Error(`onnx: no lowering and no decomposition of the operation '${operation.name}'`);
  };
}
