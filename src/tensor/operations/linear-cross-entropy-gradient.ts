import { oneHot } from '../functions/constants.ts';
import type { Precision } from '../graph.ts';
import { defineOperation } from '../operation.ts';
import { matmul } from './matmul.ts';
import { mul } from './mul.ts';
import { reshape } from './reshape.ts';
import { softmax } from './softmax.ts';
import { sub } from './sub.ts';

/**
 * Cotangents of `linearCrossEntropy`'s hidden states and read-out. Its inputs are those of the loss, its third output, and
 * the cotangent g of the losses.
 *
 * With D = softmax(x·Wᵀ) − the one-hot targets, dx = g∘(D·W) and dW = Dᵀ·(g∘x). Rounding D loses less than rounding the
 * probabilities: one that is almost 1 would be 1.
 */
export const linearCrossEntropyGradientOperation = defineOperation<{
  readonly precision: Precision;
}>({
  name: 'linearCrossEntropyGradient',
  shape: ([x, weight]) => [x!, weight!],
  decompose: ([x, weight, targets, , g], { precision }) => {
    const column = reshape(g!, [-1, 1]);
    const probabilities = softmax(matmul(x!, weight!, { transposeB: true, precision }));
    const difference = sub(probabilities, oneHot(targets!, weight!.shape[0]!, x!.dtype));
    return [
      mul(matmul(difference, weight!, { precision }), column),
      matmul(difference, mul(x!, column), { transposeA: true, precision }),
    ];
  },
});
