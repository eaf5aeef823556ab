import type { Tensor } from '../graph.ts';
import { apply, coerce, defineOperation, FLOATS, requireDtype } from '../operation.ts';
import { mapValues } from '../values.ts';
import { mul } from './mul.ts';

export const powOperation = defineOperation<{ readonly exponent: number }>({
  name: 'pow',
  shape: ([x]) => {
    requireDtype('pow', x!, FLOATS);
    return [x!];
  },
  vjp: ({ inputs: [x], attributes: { exponent } }, [g]) => {
    // 0 · x^−1 would be NaN at 0.
    const slope = () => (exponent === 0 ? 0 : mul(pow(x!, exponent - 1), exponent));
    return [() => mul(g!, slope()), undefined];
  },
  interpret: (inputs, _attributes, [out]) => [
    mapValues(inputs, out!.shape, (x, exponent) => x! ** exponent!),
  ],
});

/** `x` to a constant power. */
export function pow(x: Tensor, exponent: number): Tensor {
  requireDtype('pow', x, FLOATS);
  return apply(powOperation, coerce('pow', x, exponent), { exponent });
}
