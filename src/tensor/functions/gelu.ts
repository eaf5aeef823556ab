import type { Tensor } from '../graph.ts';
import { add } from '../operations/add.ts';
import { mul } from '../operations/mul.ts';
import { tanh } from '../operations/tanh.ts';

/** GELU by its tanh approximation (Hendrycks and Gimpel 2016, section 2). */
export function gelu(x: Tensor): Tensor {
  const inner = mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}
