import type { Tensor } from '../graph.ts';
import { applyAll, defineOperation, FLOATS, lazily, requireDtype } from '../operation.ts';
import { formatShape, ShapeError } from '../shape.ts';
import { rowsOf } from '../values.ts';
import { add } from './add.ts';
import { mul } from './mul.ts';
import { rmsNormGradientOperation } from './rms-norm-gradient.ts';

/** The second output, 1 / sqrt(mean(x²) + epsilon), is kept for the derivative. */
export const rmsNormOperation = defineOperation<{ readonly epsilon: number }>({
  name: 'rmsNorm',
  shape: ([x, weight]) => {
    requireDtype('rmsNorm', x!, FLOATS);
    requireDtype('rmsNorm', weight!, [x!.dtype]);
    if (weight!.shape.length !== 1 || weight!.shape[0] !== x!.shape.at(-1)) {
      throw new ShapeError(
        `rmsNorm: weight ${formatShape(weight!.shape)} does not fit the last axis of ${formatShape(x!.shape)}`,
      );
    }
    return [x!, { dtype: x!.dtype, shape: [...x!.shape.slice(0, -1), 1] }];
  },
  vjp: ({ inputs: [x, weight], outputs: [, inverse] }, [g, gInverse]) => {
    const made = lazily(() => applyAll(rmsNormGradientOperation, [x!, weight!, inverse!, g!], {}));
    // The second output takes part in second derivatives only: d inverse / dx = −inverse³ · x / size.
    const throughInverse = (cotangent: Tensor) => {
      const cubed = mul(mul(inverse!, inverse!), inverse!);
      return mul(mul(x!, mul(cubed, cotangent)), -1 / x!.shape.at(-1)!);
    };
    return [
      () => {
        if (!g) return throughInverse(gInverse!);
        return gInverse ? add(made()[0]!, throughInverse(gInverse)) : made()[0]!;
      },
      g ? () => made()[1]! : undefined,
    ];
  },
  interpret: ([x, weight], { epsilon }) => {
    const rows = rowsOf(x!);
    const inverse = Float64Array.from(
      rows,
      (row) => 1 / Math.sqrt(row.reduce((total, v) => total + v * v, 0) / row.length + epsilon),
    );
    const width = x!.shape.at(-1)!;
    return [
      x!.data.map((v, i) => v * inverse[Math.floor(i / width)]! * weight!.data[i % width]!),
      inverse,
    ];
  },
});

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis (Zhang and Sennrich 2019). */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon: number): Tensor {
  return applyAll(rmsNormOperation, [x, weight], { epsilon })[0]!;
}
