import type { Tensor } from '../graph.ts';
import { add } from './add.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';
import { mul } from './mul.ts';
import { sigmoid } from './sigmoid.ts';
import { sub } from './sub.ts';

export const siluOperation = {
  ...defineUnary(
    'silu',
    (x) => x / (1 + Math.exp(-x)),
    // y' = sigmoid(x) · (1 + x − y), which needs one array less than the formula's parts.
    (g, x, y) => mul(g, mul(sigmoid(x), add(sub(x, y), 1))),
  ),
  decompose: ([x]: readonly Tensor[]) => [mul(x!, sigmoid(x!))],
};

/** x · sigmoid(x) (Hendrycks and Gimpel 2016; "Swish"). */
export function silu(x: Tensor): Tensor {
  return applyUnary(siluOperation, x);
}
