// Activation functions that carry a cheaper derivative than their formula's.

import { customGradient, type Tensor } from '../graph.ts';
import { add, mul, sigmoid, sub, tanh } from './elementwise.ts';

/** x · sigmoid(x) (Hendrycks and Gimpel 2016; "Swish"). */
export function silu(x: Tensor): Tensor {
  const [out] = customGradient([x], () => {
    const y = mul(x, sigmoid(x));
    return {
      outputs: [y],
      // y' = sigmoid(x) · (1 + x − y). The sigmoid is written again, so that second derivatives see
      // it; onnxruntime merges equal nodes.
      vjp: ([g]) => [() => mul(g!, mul(sigmoid(x), add(sub(x, y), 1)))],
    };
  });
  return out!;
}

/** silu(gate) · up (Shazeer 2020), keeping one array less for the backward pass than its parts would. */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  const [out] = customGradient([gate, up], () => {
    return {
      outputs: [mul(mul(gate, sigmoid(gate)), up)],
      vjp: ([g]) => {
        // onnxruntime merges equal nodes: the sigmoid is kept from the forward pass; with its operands
        // swapped, silu(gate) is computed anew.
        const sigma = sigmoid(gate);
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
