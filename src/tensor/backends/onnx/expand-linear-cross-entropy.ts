// Cross-entropy of a linear read-out for onnxruntime, with the logits of only some rows at a time.

import { after } from '../../functions/after.ts';
import type { Node, Tensor } from '../../graph.ts';
import { add } from '../../operations/add.ts';
import { argmax } from '../../operations/argmax.ts';
import { concat } from '../../operations/concat.ts';
import { gatherRows } from '../../operations/gather-rows.ts';
import { log } from '../../operations/log.ts';
import { matmul } from '../../operations/matmul.ts';
import { maximum } from '../../operations/maximum.ts';
import { mul } from '../../operations/mul.ts';
import { neg } from '../../operations/neg.ts';
import { reshape } from '../../operations/reshape.ts';
import { scatterAddRows } from '../../operations/scatter-add-rows.ts';
import { slice } from '../../operations/slice.ts';
import { softmax } from '../../operations/softmax.ts';
import { sub } from '../../operations/sub.ts';
import { takeAlongLastAxis } from '../../operations/take-along-last-axis.ts';
import { transpose } from '../../operations/transpose.ts';
import type { Expansion } from '../../rewrite.ts';
import { cutIntoChunks } from '../../shape.ts';

// The smallest normal float32: the logarithm of a vanished probability stays finite.
const TINY = 1.1754943508222875e-38;

/** Some rows of the loss. */
type Chunk = {
  readonly start: number;
  readonly end: number;
  readonly probabilities: Tensor;
  readonly losses: Tensor;
  readonly predictions: Tensor;
  /** The tensors that read the probabilities. The next chunk waits for them, so that only one chunk is alive at a time. */
  readonly uses: Tensor[];
};

/** Expansions of the loss and its derivative, which uses each chunk's probabilities before the next chunk is computed. */
export function linearCrossEntropyExpansions(
  /** Rows whose logits exist at a time. */
  rowsOf: (vocabulary: number, rows: number) => number,
): { readonly linearCrossEntropy: Expansion; readonly linearCrossEntropyGradient: Expansion } {
  const cut = ([x, weight, targets]: readonly Tensor[]): Chunk[] => {
    const rows = x!.shape[0]!;
    const chunks: Chunk[] = [];
    for (const [start, end] of cutIntoChunks(
      'linearCrossEntropy',
      rows,
      rowsOf(weight!.shape[0]!, rows),
    )) {
      chunks.push(forwardChunk(x!, weight!, targets!, start, end, chunks.at(-1)));
    }
    return chunks;
  };
  return {
    linearCrossEntropy(node, inputs, memo) {
      const chunks = cut(inputs);
      memo.set(node, chunks);
      const joined = (pick: (chunk: Chunk) => Tensor) => concat(chunks.map(pick), 0);
      // The third output is for backends whose derivative recomputes the logits; this one keeps probabilities.
      const losses = joined((chunk) => chunk.losses);
      return [losses, joined((chunk) => chunk.predictions), losses];
    },
    linearCrossEntropyGradient(node, inputs, memo) {
      const [x, weight, targets, , g] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const chunks = (memo.get(forwardOf(node)!) as Chunk[] | undefined) ?? cut(inputs);
      const column = reshape(g, [-1, 1]);
      const weighted = mul(x, column);
      for (const chunk of chunks) chunk.uses.push(matmul(chunk.probabilities, weight));
      const products = concat(
        chunks.map(({ uses }) => uses.at(-1)!),
        0,
      );
      // (xᵀ·P)ᵀ instead of Pᵀ·x: packing the long side transposed takes 1.7 times as long.
      let total: Tensor | undefined;
      for (const { probabilities, start, end, uses } of chunks) {
        const part = slice(weighted, 0, start, end);
        const product = matmul(part, probabilities, { transposeA: true });
        total = total ? add(total, product) : product;
        uses.push(total);
      }
      const scattered = scatterAddRows(weight.shape[0]!, targets, weighted);
      return [
        mul(sub(products, gatherRows(weight, targets)), column),
        sub(transpose(total!), scattered),
      ];
    },
  };
}

/** The node whose third output is an input of the derivative. */
function forwardOf({ inputs }: Node): Node | undefined {
  const kept = inputs[3]!;
  return kept.graph.producers.get(kept.id);
}

function forwardChunk(
  x: Tensor,
  weight: Tensor,
  targets: Tensor,
  start: number,
  end: number,
  previous: Chunk | undefined,
): Chunk {
  const part = slice(x, 0, start, end);
  const rows = previous ? after(part, previous.uses) : part;
  const logits = matmul(rows, weight, { transposeB: true });
  const probabilities = softmax(logits);
  const ids = reshape(slice(targets, 0, start, end), [end - start, 1]);
  const picked = takeAlongLastAxis(probabilities, ids);
  const losses = reshape(neg(log(maximum(picked, TINY))), [end - start]);
  return { start, end, probabilities, losses, predictions: argmax(logits), uses: [losses] };
}
