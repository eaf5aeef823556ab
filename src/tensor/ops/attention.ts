// Scaled dot-product attention in chunks of query rows, with a derivative of its own.

import { arrayOf, type Shape } from '../../core/index.ts';
import { constant, customGradient, type Tensor } from '../graph.ts';
import { cutIntoChunks, formatShape, ShapeError, sameShape } from '../shape.ts';
import { add, mul, sub } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { softmax } from './normalise.ts';
import { dropoutMask } from './random.ts';
import { sum } from './reduce.ts';
import { concat, pad, reshape, slice, transpose } from './structure.ts';

export type AttentionOptions = {
  /** Query row i sees keys 0..i only; queries and keys must then be equally long. */
  causal?: boolean;
  /** Multiplies the scores; by default 1 / sqrt(headSize). */
  scale?: number;
  /**
   * Added to the scores, e.g. large negative numbers where to look is forbidden: `[queries, keys]`, or
   * `[batch, heads, queries, keys]` where batch and heads may be 1. Carries no gradient.
   */
  bias?: Tensor;
  /** Query rows handled at a time; a causal chunk skips the keys after it. By default all. */
  rowChunk?: number;
  /** Dropout of attention weights: rate, key (int32 `[2]`) and the first of the streams to draw from. */
  dropout?: { rate: number; key: Tensor; stream: number };
};

/**
 * softmax(q·kᵀ·scale + mask)·v for `q [batch, heads, queries, size]` and
 * `k, v [batch, heads, keys, size]` → `[batch, queries, heads · size]` (Vaswani et al. 2017).
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  checkShapes(q, k, v, options);
  const [batch, heads, queries, size] = q.shape as [number, number, number, number];
  const scale = options.scale ?? 1 / Math.sqrt(size);
  const [merged] = customGradient([q, k, v], () => {
    const chunks = cutRows(queries, k.shape[2]!, options).map((rows) =>
      attendRows(q, k, v, rows, scale, options),
    );
    const mixed = concat(
      chunks.map((chunk) => chunk.output),
      2,
    );
    const output = reshape(transpose(mixed, [0, 2, 1, 3]), [batch, queries, heads * size]);
    return {
      outputs: [output],
      vjp: ([g]) => {
        const split = (x: Tensor) => reshape(x, [batch, queries, heads, size]);
        const dMixed = transpose(split(g!), [0, 2, 1, 3]);
        // Σ_j dW_ij W_ij = Σ_c dO_ic O_ic, over fewer elements, from the output that is kept anyway.
        const inner = transpose(
          sum(split(mul(g!, output)), { axes: [-1], keepDims: true }),
          [0, 2, 1, 3],
        );
        const dScores = chunks.map((chunk) => lazily(() => scoreGradient(chunk, v, dMixed, inner)));
        return [
          () =>
            concat(
              chunks.map((chunk, i) => matmul(dScores[i]!(), again(k, 0, chunk.seen), { scale })),
              2,
            ),
          () =>
            sumGrowing(
              chunks.map(({ start, end }, i) =>
                matmul(dScores[i]!(), again(q, start, end), { transposeA: true, scale }),
              ),
            ),
          () =>
            sumGrowing(
              chunks.map(({ used, start, end }) =>
                matmul(used, slice(dMixed, 2, start, end), { transposeA: true }),
              ),
            ),
        ];
      },
    };
  });
  return merged!;
}

/** Query rows `start` to `end`, which see the keys before `seen`. */
type Rows = { readonly start: number; readonly end: number; readonly seen: number };

type AttendedRows = Rows & {
  /** Attention weights, before and after dropout, and the dropout mask. */
  readonly weights: Tensor;
  readonly used: Tensor;
  readonly mask: Tensor | undefined;
  readonly output: Tensor;
};

function cutRows(queries: number, keys: number, options: AttentionOptions): Rows[] {
  const chunks = cutIntoChunks('attention', queries, options.rowChunk ?? queries);
  return chunks.map(([start, end]) => ({ start, end, seen: options.causal ? end : keys }));
}

function attendRows(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  rows: Rows,
  scale: number,
  options: AttentionOptions,
): AttendedRows {
  const { start, end, seen } = rows;
  const keys = slice(k, 2, 0, seen);
  const scores = matmul(slice(q, 2, start, end), keys, { transposeB: true, scale });
  const bias = rowBias(q, options, rows);
  const weights = softmax(bias ? add(scores, bias) : scores);
  const { dropout } = options;
  const mask =
    dropout && dropout.rate > 0
      ? dropoutMask(dropout.key, dropout.stream + start, weights, dropout.rate)
      : undefined;
  const used = mask ? mul(weights, mask) : weights;
  return { ...rows, weights, used, mask, output: matmul(used, slice(v, 2, 0, seen)) };
}

function scoreGradient(chunk: AttendedRows, v: Tensor, dMixed: Tensor, inner: Tensor): Tensor {
  const { start, end, seen, weights, mask } = chunk;
  const dUsed = matmul(slice(dMixed, 2, start, end), again(v, 0, seen), { transposeB: true });
  const dWeights = mask ? mul(dUsed, mask) : dUsed;
  return mul(sub(dWeights, slice(inner, 2, start, end)), weights);
}

/** Slices anew for the backward pass: cheaper than to keep the forward pass's copies until then. */
function again(x: Tensor, start: number, end: number): Tensor {
  return slice(x, 2, start, end, { recompute: true });
}

/** Adds tensors of which each is as long as the one before or longer (axis 2), aligned at the start. */
function sumGrowing(parts: readonly Tensor[]): Tensor {
  return parts.reduce((total, part) =>
    add(pad(total, 2, 0, part.shape[2]! - total.shape[2]!), part),
  );
}

function lazily(make: () => Tensor): () => Tensor {
  let made: Tensor | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A bias on scores that forbids: softmax turns it into an exact zero. */
export const FORBIDDEN = -1e9;

function rowBias(q: Tensor, options: AttentionOptions, rows: Rows): Tensor | undefined {
  const { start, end, seen } = rows;
  const given = options.bias ? slice(slice(options.bias, -2, start, end), -1, 0, seen) : undefined;
  if (!options.causal) return given;
  const values = new Float32Array((end - start) * seen);
  for (let row = start; row < end; row++) {
    values.fill(FORBIDDEN, (row - start) * seen + row + 1, (row - start + 1) * seen);
  }
  const mask = constant(q.graph, arrayOf(q.dtype, [end - start, seen], values));
  return given ? add(mask, given) : mask;
}

function checkShapes(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): void {
  const shapes = `q ${formatShape(q.shape)}, k ${formatShape(k.shape)}, v ${formatShape(v.shape)}`;
  const ranks = [q, k, v].every((x) => x.shape.length === 4);
  if (!ranks || !sameShape(k.shape, v.shape)) {
    throw new ShapeError(`attention: ${shapes}: needs four axes, and keys shaped as values`);
  }
  if ([0, 1, 3].some((axis) => q.shape[axis] !== k.shape[axis])) {
    throw new ShapeError(`attention: ${shapes}: batch, heads and head size must agree`);
  }
  if (options.causal && q.shape[2] !== k.shape[2]) {
    throw new ShapeError(`attention: ${shapes}: causal attention needs as many queries as keys`);
  }
  if (options.bias && !fitsScores(options.bias.shape, q, k)) {
    throw new ShapeError(
      `attention: ${shapes}: bias ${formatShape(options.bias.shape)} must be [queries, keys]` +
        ' or [batch, heads, queries, keys]',
    );
  }
}

function fitsScores(bias: Shape, q: Tensor, k: Tensor): boolean {
  if (!sameShape(bias.slice(-2), [q.shape[2]!, k.shape[2]!])) return false;
  const leading = bias.slice(0, -2);
  return (
    leading.length === 0 ||
    (leading.length === 2 && leading.every((size, i) => size === 1 || size === q.shape[i]))
  );
}
