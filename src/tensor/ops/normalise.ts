// Softmax and the normalisation layers' arithmetic.

import { emit, emitNode, FLOATS, requireDtype, type Tensor } from '../graph.ts';
import { formatShape, ShapeError } from '../shape.ts';
import { add, div, mul, sqrt, square, sub } from './elementwise.ts';
import { logSumExp, mean } from './reduce.ts';

/** e^x / Σ e^x over the last axis. */
export function softmax(x: Tensor): Tensor {
  requireDtype('softmax', x, FLOATS);
  return emit('softmax', [x], x);
}

/** log softmax over the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  return sub(x, logSumExp(x, -1, { keepDims: true }));
}

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis (Zhang and Sennrich 2019). */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon: number): Tensor {
  requireDtype('rmsNorm', x, FLOATS);
  requireDtype('rmsNorm', weight, [x.dtype]);
  if (weight.shape.length !== 1 || weight.shape[0] !== x.shape.at(-1)) {
    throw new ShapeError(
      `rmsNorm: weight ${formatShape(weight.shape)} does not fit the last axis of ${formatShape(x.shape)}`,
    );
  }
  // The second output, 1 / sqrt(mean(x²) + epsilon), is kept for the derivative.
  const inverse = { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] };
  return emitNode(x.graph, 'rmsNorm', [x, weight], [x, inverse], { epsilon })[0]!;
}

/** (x − mean) / sqrt(variance + epsilon) · weight + bias over the last axis (Ba et al. 2016). */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  const centred = sub(x, mean(x, { axes: [-1], keepDims: true }));
  const variance = mean(square(centred), { axes: [-1], keepDims: true });
  return add(mul(div(centred, sqrt(add(variance, epsilon))), weight), bias);
}
