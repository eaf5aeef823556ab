// Losses and distances.

import { customGradient, type Tensor } from '../graph.ts';
import { cutIntoChunks, formatShape, ShapeError } from '../shape.ts';
import { add, log, maximum, mul, neg, square, sub } from './elementwise.ts';
import { gatherRows, scatterAddRows, takeAlongLastAxis } from './indexing.ts';
import { matmul } from './matmul.ts';
import { softmax } from './normalise.ts';
import { after } from './order.ts';
import { argmax, mean, sum } from './reduce.ts';
import { concat, reshape, slice, transpose } from './structure.ts';

// The smallest normal float32: the logarithm of a vanished probability stays finite.
const TINY = 1.1754943508222875e-38;

/**
 * Cross-entropy of a linear read-out, a loss in nats per row: −log softmax(x·Wᵀ)[target].
 *
 * With P = softmax(x·Wᵀ) and cotangent g a row, dx = g∘(P·W − W[t]) and
 * dW = Pᵀ·(g∘x) − scatter(g∘x at t): no one-hot matrix, and logits for `rowChunk` rows at a time only.
 *
 * Returns the losses `[rows]` and the most probable ids, int64 `[rows]`.
 *
 * @param x hidden states `[rows, width]`
 * @param weight read-out `[vocabulary, width]`
 * @param targets ids, int32 or int64 `[rows]`
 */
export function linearCrossEntropy(
  x: Tensor,
  weight: Tensor,
  targets: Tensor,
  options: { rowChunk?: number } = {},
): { losses: Tensor; predictions: Tensor } {
  const [rows, width] = x.shape;
  if (x.shape.length !== 2 || weight.shape.length !== 2 || weight.shape[1] !== width) {
    throw new ShapeError(
      `linearCrossEntropy: x ${formatShape(x.shape)} and weight ${formatShape(weight.shape)} ` +
        'must be [rows, width] and [vocabulary, width]',
    );
  }
  if (targets.shape.length !== 1 || targets.shape[0] !== rows) {
    throw new ShapeError(
      `linearCrossEntropy: targets ${formatShape(targets.shape)} must be [${rows}]`,
    );
  }
  const cuts = cutIntoChunks('linearCrossEntropy', rows!, options.rowChunk ?? rows!);
  const [losses, predictions] = customGradient([x, weight], () => {
    const chunks: Chunk[] = [];
    for (const [start, end] of cuts) {
      chunks.push(forwardChunk(x, weight, targets, start, end, chunks));
    }
    const joined = (pick: (chunk: Chunk) => Tensor) => concat(chunks.map(pick), 0);
    return {
      outputs: [joined((chunk) => chunk.losses), joined((chunk) => chunk.predictions)],
      vjp: ([g]) => {
        const column = reshape(g!, [rows!, 1]);
        const weighted = mul(x, column);
        return [
          () => {
            for (const chunk of chunks) chunk.uses.push(matmul(chunk.probabilities, weight));
            const products = joined((chunk) => chunk.uses.at(-1)!);
            return mul(sub(products, gatherRows(weight, targets)), column);
          },
          () => {
            // (xᵀ·P)ᵀ rather than Pᵀ·x: to pack the long side transposed takes 1.7 times as long.
            let total: Tensor | undefined;
            for (const { probabilities, start, end, uses } of chunks) {
              const part = slice(weighted, 0, start, end);
              const product = matmul(part, probabilities, { transposeA: true });
              total = total ? add(total, product) : product;
              uses.push(total);
            }
            const scattered = scatterAddRows(weight.shape[0]!, targets, weighted);
            return sub(transpose(total!), scattered);
          },
        ];
      },
    };
  });
  return { losses: losses!, predictions: predictions! };
}

type Chunk = {
  readonly start: number;
  readonly end: number;
  readonly probabilities: Tensor;
  readonly losses: Tensor;
  readonly predictions: Tensor;
  /** What reads the probabilities. The next chunk waits for it, so that one chunk lives at a time. */
  readonly uses: Tensor[];
};

function forwardChunk(
  x: Tensor,
  weight: Tensor,
  targets: Tensor,
  start: number,
  end: number,
  earlier: readonly Chunk[],
): Chunk {
  const part = slice(x, 0, start, end);
  const previous = earlier.at(-1);
  const rows = previous ? after(part, previous.uses) : part;
  const logits = matmul(rows, weight, { transposeB: true });
  const probabilities = softmax(logits);
  const ids = reshape(slice(targets, 0, start, end), [end - start, 1]);
  const picked = takeAlongLastAxis(probabilities, ids);
  const losses = reshape(neg(log(maximum(picked, TINY))), [end - start]);
  return { start, end, probabilities, losses, predictions: argmax(logits), uses: [losses] };
}

/** Mean of (x − y)² over all elements. */
export function meanSquaredError(x: Tensor, y: Tensor): Tensor {
  return mean(square(sub(x, y)));
}

/** Squared Euclidean distances between rows: `x [..., n, d]`, `y [..., m, d]` → `[..., n, m]`. */
export function pairwiseSquaredDistances(x: Tensor, y: Tensor): Tensor {
  const xx = sum(square(x), { axes: [-1], keepDims: true });
  const yy = transpose(sum(square(y), { axes: [-1], keepDims: true }));
  return sub(add(xx, yy), matmul(x, y, { transposeB: true, scale: 2 }));
}
