import type { Tensor } from '../graph.ts';
import { add } from '../operations/add.ts';
import { exp } from '../operations/exp.ts';
import { log } from '../operations/log.ts';
import { max } from '../operations/max.ts';
import { stopGradient } from '../operations/stop-gradient.ts';
import { sub } from '../operations/sub.ts';
import { sum } from '../operations/sum.ts';

/** log Σ exp(x) over an axis, without overflow. */
export function logSumExp(x: Tensor, axis = -1, options: { keepDims?: boolean } = {}): Tensor {
  const keepDims = options.keepDims ?? false;
  const top = stopGradient(max(x, { axes: [axis], keepDims: true }));
  const total = log(sum(exp(sub(x, top)), { axes: [axis], keepDims: true }));
  const value = add(total, top);
  // Summing an axis of size 1 drops it.
  return keepDims ? value : sum(value, { axes: [axis] });
}
