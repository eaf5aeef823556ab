// Whether a model's training fits this machine, asked before anything of it is allocated.

import { totalmem } from 'node:os';
import {
  type ArraySpec,
  flattenTree,
  isArraySpec,
  sizeOf,
  type Tree,
  UserError,
} from '../core/index.ts';

/** Parameters, two moments and gradients, each float32. */
const BYTES_PER_PARAMETER = 16;

/**
 * @param specs shapes of all parameters
 * @param place what asks for the model, for the error
 * @throws UserError when parameters, their gradients and the optimizer's moments take more than the machine's memory
 */
export function requireModelFits(specs: Tree<ArraySpec>, place: string): void {
  const parameters = flattenTree<ArraySpec>(specs, isArraySpec).reduce(
    (sum, [, { shape }]) => sum + sizeOf(shape),
    0,
  );
  const needed = parameters * BYTES_PER_PARAMETER;
  if (needed <= totalmem()) return;
  const [need, have] = [needed, totalmem()].map((bytes) => (bytes / 2 ** 30).toFixed(1));
  throw new UserError(
    `${place}: a model of ${parameters.toLocaleString('en-US')} parameters takes ${need} GiB to train, ` +
      `this machine has ${have} GiB`,
    { hint: 'choose a smaller model' },
  );
}
