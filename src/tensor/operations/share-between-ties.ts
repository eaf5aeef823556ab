// The derivative of a largest or smallest element.

import type { Cotangents, Node, Tensor } from '../graph.ts';
import { cast } from './cast.ts';
import { keptShape, type ReduceAttributes } from './define-reduction.ts';
import { div } from './div.ts';
import { equal } from './equal.ts';
import { mul } from './mul.ts';
import { reshape } from './reshape.ts';
import { sum } from './sum.ts';

/** Ties share the gradient equally, so that it does not depend on the order of the elements. */
export function shareBetweenTies(
  { inputs: [x], outputs: [out], attributes: { axes } }: Node<ReduceAttributes>,
  [g]: readonly (Tensor | null)[],
): Cotangents {
  return [
    () => {
      const kept = keptShape(x!.shape, axes);
      const hit = cast(equal(x!, reshape(out!, kept)), x!.dtype);
      const count = sum(hit, { axes, keepDims: true });
      return mul(hit, div(reshape(g!, kept), count));
    },
  ];
}
