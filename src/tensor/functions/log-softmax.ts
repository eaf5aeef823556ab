import type { Tensor } from '../graph.ts';
import { sub } from '../operations/sub.ts';
import { logSumExp } from './log-sum-exp.ts';

/** log softmax over the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  return sub(x, logSumExp(x, -1, { keepDims: true }));
}
