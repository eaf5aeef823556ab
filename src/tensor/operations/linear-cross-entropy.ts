// Cross-entropy of a linear read-out.

import { logSumExp } from '../functions/log-sum-exp.ts';
import type { Precision, Tensor } from '../graph.ts';
import { applyAll, defineOperation, lazily } from '../operation.ts';
import { formatShape, ShapeError } from '../shape.ts';
import { argmax } from './argmax.ts';
import { linearCrossEntropyGradientOperation } from './linear-cross-entropy-gradient.ts';
import { matmul, readFactor } from './matmul.ts';
import { reshape } from './reshape.ts';
import { sub } from './sub.ts';
import { takeAlongLastAxis } from './take-along-last-axis.ts';

export type LossAttributes = {
  /** Of its matrix products; softmax and losses are float32 either way. */
  readonly precision: Precision;
};

/** Its third output, log Σ exp of the logits `[rows]`, serves a backend's own derivative. */
export const linearCrossEntropyOperation = defineOperation<LossAttributes>({
  name: 'linearCrossEntropy',
  shape: ([x, weight, targets]) => {
    const [rows, width] = x!.shape;
    if (x!.shape.length !== 2 || weight!.shape.length !== 2 || weight!.shape[1] !== width) {
      throw new ShapeError(
        `linearCrossEntropy: x ${formatShape(x!.shape)} and weight ${formatShape(weight!.shape)} ` +
          'must be [rows, width] and [vocabulary, width]',
      );
    }
    if (targets!.shape.length !== 1 || targets!.shape[0] !== rows) {
      throw new ShapeError(
        `linearCrossEntropy: targets ${formatShape(targets!.shape)} must be [${rows}]`,
      );
    }
    const { dtype } = x!;
    const shape = [rows!];
    return [
      { dtype, shape },
      { dtype: 'int64', shape },
      { dtype, shape },
    ];
  },
  vjp: ({ inputs, outputs, attributes }, [g]) => {
    const made = lazily(() =>
      applyAll(linearCrossEntropyGradientOperation, [...inputs, outputs[2]!, g!], attributes),
    );
    return [() => made()[0]!, () => made()[1]!, undefined];
  },
  decompose: ([x, weight, targets], { precision }) => {
    const rows = x!.shape[0]!;
    const logits = matmul(x!, weight!, { transposeB: true, precision });
    const total = logSumExp(logits);
    const picked = reshape(takeAlongLastAxis(logits, reshape(targets!, [rows, 1])), [rows]);
    return [sub(total, picked), argmax(logits), total];
  },
  interpret: ([wholeX, wholeWeight, targets], { precision }) => {
    const [x, weight] = [readFactor(wholeX!, precision), readFactor(wholeWeight!, precision)];
    const [rows, width] = x.shape as [number, number];
    const vocabulary = weight.shape[0]!;
    const outputs = [0, 1, 2].map(() => new Float64Array(rows));
    for (let row = 0; row < rows; row++) {
      const logits = Float64Array.from({ length: vocabulary }, (_, id) => {
        let logit = 0;
        for (let c = 0; c < width; c++) {
          logit += x.data[row * width + c]! * weight.data[id * width + c]!;
        }
        return logit;
      });
      const best = logits.reduce((top, logit, id) => (logit > logits[top]! ? id : top), 0);
      const top = logits[best]!;
      const total = top + Math.log(logits.reduce((sum, v) => sum + Math.exp(v - top), 0));
      outputs[0]![row] = total - logits[targets!.data[row]!]!;
      outputs[1]![row] = best;
      outputs[2]![row] = total;
    }
    return outputs;
  },
});

/**
 * Cross-entropy of a linear read-out, a loss in nats per row: −log softmax(x·Wᵀ)[target].
 *
 * Returns the losses `[rows]` and the most probable ids, int64 `[rows]`.
 *
 * @param x hidden states `[rows, width]`
 * @param weight read-out `[vocabulary, width]`
 * @param targets ids, int32 or int64 `[rows]`
 * @throws ShapeError for shapes that do not fit together
 */
export function linearCrossEntropy(
  x: Tensor,
  weight: Tensor,
  targets: Tensor,
): { losses: Tensor; predictions: Tensor } {
  const { precision } = x.graph;
  const inputs = [x, weight, targets];
  const [losses, predictions] = applyAll(linearCrossEntropyOperation, inputs, { precision });
  return { losses: losses!, predictions: predictions! };
}
