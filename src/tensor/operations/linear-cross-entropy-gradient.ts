import { defineOperation } from '../operation.ts';
import { gatherRows } from './gather-rows.ts';
import { matmul } from './matmul.ts';
import { mul } from './mul.ts';
import { reshape } from './reshape.ts';
import { scatterAddRows } from './scatter-add-rows.ts';
import { softmax } from './softmax.ts';
import { sub } from './sub.ts';

/**
 * Cotangents of `linearCrossEntropy`'s hidden states and read-out. Its inputs are those of the loss, its third output, and
 * the cotangent g of the losses.
 *
 * With P = softmax(x·Wᵀ), dx = g∘(P·W − W[t]) and dW = Pᵀ·(g∘x) − scatter(g∘x at t): no one-hot matrix.
 */
export const linearCrossEntropyGradientOperation = defineOperation({
  name: 'linearCrossEntropyGradient',
  shape: ([x, weight]) => [x!, weight!],
  decompose: ([x, weight, targets, , g]) => {
    const column = reshape(g!, [-1, 1]);
    const probabilities = softmax(matmul(x!, weight!, { transposeB: true }));
    const weighted = mul(x!, column);
    const products = matmul(probabilities, weight!);
    const sums = matmul(probabilities, weighted, { transposeA: true });
    return [
      mul(sub(products, gatherRows(weight!, targets!)), column),
      sub(sums, scatterAddRows(weight!.shape[0]!, targets!, weighted)),
    ];
  },
});
