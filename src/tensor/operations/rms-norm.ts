import type { Tensor } from '../graph.ts';
import { applyAll, defineOperation, FLOATS, requireDtype } from '../operation.ts';
import { formatShape, ShapeError } from '../shape.ts';
import { rowsOf } from '../values.ts';
import { add } from './add.ts';
import { mul } from './mul.ts';
import { sub } from './sub.ts';
import { sum, sumToShape } from './sum.ts';

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
    const normal = mul(x!, inverse!);
    const perElement = 1 / x!.shape.at(-1)!;
    const throughOutput = (cotangent: Tensor) => {
      const weighted = mul(cotangent, weight!);
      const projection = mul(
        sum(mul(weighted, normal), { axes: [-1], keepDims: true }),
        perElement,
      );
      return mul(sub(weighted, mul(normal, projection)), inverse!);
    };
    // The second output takes part in second derivatives only: d inverse / dx = −inverse³ · x / size.
    const throughInverse = (cotangent: Tensor) =>
      mul(mul(normal, mul(mul(inverse!, inverse!), cotangent)), -perElement);
    return [
      () => {
        if (!g) return throughInverse(gInverse!);
        return gInverse ? add(throughOutput(g), throughInverse(gInverse)) : throughOutput(g);
      },
      g ? () => sumToShape(mul(g, normal), weight!.shape) : undefined,
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
