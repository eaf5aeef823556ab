import { defineOperation } from '../operation.ts';
import { add } from './add.ts';
import { mul } from './mul.ts';
import { sigmoid } from './sigmoid.ts';
import { sub } from './sub.ts';

/** Cotangents of `swiglu`'s gate and up from that of its output, the third input. */
export const swigluGradientOperation = defineOperation({
  name: 'swigluGradient',
  shape: ([gate, up]) => [gate!, up!],
  decompose: ([gate, up, g]) => {
    const sigma = sigmoid(gate!);
    const activated = mul(sigma, gate!);
    return [mul(mul(g!, up!), mul(sigma, add(sub(gate!, activated), 1))), mul(g!, activated)];
  },
});
