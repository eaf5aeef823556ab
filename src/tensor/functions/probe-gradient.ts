// Gradients with respect to intermediate values, such as those inside a loop.

import { customGradient, type Tensor } from '../graph.ts';
import { FLOATS, requireDtype } from '../operation.ts';
import { identity } from '../operations/identity.ts';
import { formatShape, ShapeError, sameShape } from '../shape.ts';

/**
 * Returns `x`. The gradient of the result is also the gradient of `probe`, whose value does not matter. A loop that gets probes as
 * xs thus reports the gradient at each step. Both have the same shape and float dtype.
 */
export function probeGradient(x: Tensor, probe: Tensor): Tensor {
  requireDtype('probeGradient', x, FLOATS);
  if (x.dtype !== probe.dtype || !sameShape(x.shape, probe.shape)) {
    throw new ShapeError(
      `probeGradient: the probe is ${probe.dtype} ${formatShape(probe.shape)}, not ${x.dtype} ${formatShape(x.shape)}`,
    );
  }
  const [out] = customGradient([x, probe], () => ({
    outputs: [identity(x)],
    vjp: ([g]) => [() => g!, () => g!],
  }));
  return out!;
}
