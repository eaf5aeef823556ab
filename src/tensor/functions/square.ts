import type { Tensor } from '../graph.ts';
import { mul } from '../operations/mul.ts';

/** x² */
export function square(x: Tensor): Tensor {
  return mul(x, x);
}
