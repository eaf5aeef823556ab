// Checks that a model's training fits into memory, before anything is allocated.

import {
  type ArraySpec,
  flattenTree,
  isArraySpec,
  sizeOf,
  type Tree,
  UserError,
} from '../core/index.ts';
import { usableMemory } from '../files/usable-memory.ts';

/** Parameters, two moments and gradients, each float32. */
const BYTES_PER_PARAMETER = 16;

/**
 * @param specs shapes of all parameters, a tree of specs
 * @param place the model's place in the recipe, for the error
 * @throws UserError if parameters, their gradients and the optimizer's moments take more memory than this process may use
 */
export function requireModelFits(specs: object, place: string): void {
  const parameters = flattenTree(specs as Tree<ArraySpec>, isArraySpec).reduce(
    (sum, [, { shape }]) => sum + sizeOf(shape),
    0,
  );
  const needed = parameters * BYTES_PER_PARAMETER;
  const memory = usableMemory();
  if (needed <= memory) return;
  const [need, have] = [needed, memory].map((bytes) => (bytes / 2 ** 30).toFixed(1));
  throw new UserError(
    `${place}: a model of ${parameters.toLocaleString('en-US')} parameters takes ${need} GiB to train, ` +
      `there are ${have} GiB`,
    { hint: 'choose a smaller model' },
  );
}
