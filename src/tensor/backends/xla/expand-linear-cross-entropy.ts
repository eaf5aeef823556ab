// Cross-entropy of a linear read-out for XLA, with the logits of only some rows at a time.

import { after } from '../../functions/after.ts';
import { oneHot } from '../../functions/constants.ts';
import { logSumExp } from '../../functions/log-sum-exp.ts';
import type { Node, Tensor } from '../../graph.ts';
import { add } from '../../operations/add.ts';
import { argmax } from '../../operations/argmax.ts';
import { concat } from '../../operations/concat.ts';
import { exp } from '../../operations/exp.ts';
import type { LossAttributes } from '../../operations/linear-cross-entropy.ts';
import { matmul } from '../../operations/matmul.ts';
import { mul } from '../../operations/mul.ts';
import { reshape } from '../../operations/reshape.ts';
import { slice } from '../../operations/slice.ts';
import { sub } from '../../operations/sub.ts';
import { takeAlongLastAxis } from '../../operations/take-along-last-axis.ts';
import type { Expansion } from '../../rewrite.ts';
import { cutIntoChunks } from '../../shape.ts';

/** Some rows of the loss. */
type Chunk = {
  readonly start: number;
  readonly end: number;
  readonly logits: Tensor;
  /** log Σ exp of the logits, `[rows]`. */
  readonly total: Tensor;
  readonly losses: Tensor;
  /** The tensors that read the logits. The next chunk waits for them, so that only one chunk is alive at a time. */
  readonly uses: Tensor[];
};

/** Expansions of the loss and its derivative, which uses each chunk's logits before the next chunk is computed. */
export function linearCrossEntropyExpansions(
  /** Rows whose logits exist at a time. */
  rowsOf: (vocabulary: number) => number,
): { readonly linearCrossEntropy: Expansion; readonly linearCrossEntropyGradient: Expansion } {
  const cut = (inputs: readonly Tensor[], { precision }: LossAttributes): Chunk[] => {
    const [x, weight, targets] = inputs as [Tensor, Tensor, Tensor];
    const chunks: Chunk[] = [];
    const rows = rowsOf(weight.shape[0]!);
    for (const [start, end] of cutIntoChunks('linearCrossEntropy', x.shape[0]!, rows)) {
      const part = slice(x, 0, start, end);
      const previous = chunks.at(-1);
      const logits = matmul(previous ? after(part, previous.uses) : part, weight, {
        transposeB: true,
        precision,
      });
      const total = logSumExp(logits);
      const ids = reshape(slice(targets, 0, start, end), [end - start, 1]);
      const losses = sub(total, reshape(takeAlongLastAxis(logits, ids), [end - start]));
      chunks.push({ start, end, logits, total, losses, uses: [losses] });
    }
    return chunks;
  };
  return {
    linearCrossEntropy(node, inputs, memo) {
      const chunks = cut(inputs, node.attributes as LossAttributes);
      memo.set(node, chunks);
      const joined = (pick: (chunk: Chunk) => Tensor) => concat(chunks.map(pick), 0);
      return [
        joined(({ losses }) => losses),
        joined(({ logits }) => argmax(logits)),
        joined(({ total }) => total),
      ];
    },
    linearCrossEntropyGradient(node, inputs, memo) {
      const attributes = node.attributes as LossAttributes;
      const known = memo.get(forwardOf(node)!) as Chunk[] | undefined;
      return differentiate(inputs, attributes, known ?? cut(inputs, attributes));
    },
  };
}

function differentiate(
  inputs: readonly Tensor[],
  { precision }: LossAttributes,
  chunks: readonly Chunk[],
): readonly Tensor[] {
  const [x, weight, targets, , g] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const column = reshape(g, [-1, 1]);
  const weighted = mul(x, column);
  const products: Tensor[] = [];
  let sum: Tensor | undefined;
  for (const { start, end, logits, total, uses } of chunks) {
    const probabilities = exp(sub(logits, reshape(total, [-1, 1])));
    const chosen = oneHot(slice(targets, 0, start, end), weight.shape[0]!, x.dtype);
    const difference = sub(probabilities, chosen);
    const product = matmul(difference, weight, { precision });
    const part = matmul(difference, slice(weighted, 0, start, end), {
      transposeA: true,
      precision,
    });
    sum = sum ? add(sum, part) : part;
    products.push(product);
    uses.push(product, sum);
  }
  return [mul(concat(products, 0), column), sum!];
}

/** The node whose third output is an input of the derivative. */
function forwardOf({ inputs }: Node): Node | undefined {
  const kept = inputs[3]!;
  return kept.graph.producers.get(kept.id);
}
