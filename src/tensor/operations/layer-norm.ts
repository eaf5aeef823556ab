import { mean } from '../functions/mean.ts';
import { square } from '../functions/square.ts';
import type { Tensor } from '../graph.ts';
import { apply, defineOperation, FLOATS, requireDtype } from '../operation.ts';
import { formatShape, ShapeError, sameShape } from '../shape.ts';
import { rowsOf } from '../values.ts';
import { add } from './add.ts';
import { div } from './div.ts';
import { mul } from './mul.ts';
import { sqrt } from './sqrt.ts';
import { sub } from './sub.ts';

export const layerNormOperation = defineOperation<{ readonly epsilon: number }>({
  name: 'layerNorm',
  shape: ([x, weight, bias]) => {
    requireDtype('layerNorm', x!, FLOATS);
    for (const vector of [weight!, bias!]) {
      requireDtype('layerNorm', vector, [x!.dtype]);
      if (!sameShape(vector.shape, [x!.shape.at(-1)!])) {
        throw new ShapeError(
          `layerNorm: weight and bias ${formatShape(vector.shape)} do not fit the last axis of ${formatShape(x!.shape)}`,
        );
      }
    }
    return [x!];
  },
  decompose: ([x, weight, bias], { epsilon }) => {
    const centered = sub(x!, mean(x!, { axes: [-1], keepDims: true }));
    const variance = mean(square(centered), { axes: [-1], keepDims: true });
    return [add(mul(div(centered, sqrt(add(variance, epsilon))), weight!), bias!)];
  },
  interpret: ([x, weight, bias], { epsilon }) => {
    const data = x!.data.slice();
    for (const row of rowsOf({ shape: x!.shape, data })) {
      const center = row.reduce((total, v) => total + v, 0) / row.length;
      const variance = row.reduce((total, v) => total + (v - center) ** 2, 0) / row.length;
      const scale = 1 / Math.sqrt(variance + epsilon);
      row.forEach((v, i) => {
        row[i] = (v - center) * scale * weight!.data[i]! + bias!.data[i]!;
      });
    }
    return [data];
  },
});

/** (x − mean) / sqrt(variance + epsilon) · weight + bias over the last axis (Ba et al. 2016). */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  return apply(layerNormOperation, [x, weight, bias], { epsilon });
}
