import { defineOperation } from '../operation.ts';
import { mul } from './mul.ts';
import { sub } from './sub.ts';
import { sum, sumToShape } from './sum.ts';

/** Cotangents of `rmsNorm`'s input and weight: from these two, the norm's second output, and the cotangent of the first. */
export const rmsNormGradientOperation = defineOperation({
  name: 'rmsNormGradient',
  shape: ([x, weight]) => [x!, weight!],
  decompose: ([x, weight, inverse, g]) => {
    const normal = mul(x!, inverse!);
    const weighted = mul(g!, weight!);
    const along = sum(mul(weighted, normal), { axes: [-1], keepDims: true });
    const projection = mul(along, 1 / x!.shape.at(-1)!);
    return [
      mul(sub(weighted, mul(normal, projection)), inverse!),
      sumToShape(mul(g!, normal), weight!.shape),
    ];
  },
});
