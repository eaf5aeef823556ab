// Activation functions that carry a cheaper derivative than their formula's.

import { customGradient, type Tensor } from '../graph.ts';
import { add, mul, sigmoid, sub, tanh } from './elementwise.ts';

/** x · sigmoid(x) (Hendrycks and Gimpel 2016; "Swish"). */
export function silu(x: Tensor): Tensor {
  const [out] = customGradient([x], () => {
    const gate = sigmoid(x);
    const y = mul(x, gate);
    return {
      outputs: [y],
      // y' = gate · (1 + x − y)
      vjp: ([g]) => [() => mul(g!, mul(gate, add(sub(x, y), 1)))],
    };
  });
  return out!;
}

/** silu(gate) · up (Shazeer 2020), keeping one array less for the backward pass than its parts would. */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  const [out] = customGradient([gate, up], () => {
    const sigma = sigmoid(gate);
    return {
      outputs: [mul(mul(gate, sigma), up)],
      vjp: ([g]) => {
        // onnxruntime merges equal nodes: with its operands swapped, silu(gate) is computed anew, not kept.
        const activated = mul(sigma, gate);
        return [
          () => mul(mul(g!, up), mul(sigma, add(sub(gate, activated), 1))),
          () => mul(g!, activated),
        ];
      },
    };
  });
  return out!;
}

/** GELU by its tanh approximation (Hendrycks and Gimpel 2016, section 2). */
export function gelu(x: Tensor): Tensor {
  const inner = mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}
