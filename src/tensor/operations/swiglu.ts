import type { Tensor } from '../graph.ts';
import { apply, applyAll, defineOperation, FLOATS, lazily, requireDtype } from '../operation.ts';
import { formatShape, ShapeError, sameShape } from '../shape.ts';
import { mul } from './mul.ts';
import { sigmoid } from './sigmoid.ts';
import { swigluGradientOperation } from './swiglu-gradient.ts';

export const swigluOperation = defineOperation({
  name: 'swiglu',
  shape: ([gate, up]) => {
    requireDtype('swiglu', gate!, FLOATS);
    requireDtype('swiglu', up!, [gate!.dtype]);
    if (!sameShape(gate!.shape, up!.shape)) {
      throw new ShapeError(
        `swiglu: gate ${formatShape(gate!.shape)} and up ${formatShape(up!.shape)} must have the same shape`,
      );
    }
    return [gate!];
  },
  vjp: ({ inputs }, [g]) => {
    const made = lazily(() => applyAll(swigluGradientOperation, [...inputs, g!], {}));
    return [() => made()[0]!, () => made()[1]!];
  },
  decompose: ([gate, up]) => [mul(mul(gate!, sigmoid(gate!)), up!)],
  interpret: ([gate, up]) => [gate!.data.map((x, i) => (x / (1 + Math.exp(-x))) * up!.data[i]!)],
});

/** silu(gate) · up (Shazeer 2020). */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  return apply(swigluOperation, [gate, up], {});
}
