// A slice that is copied again although an equal one exists.

import type { Tensor } from '../../graph.ts';
import { apply, defineOperation } from '../../operation.ts';
import { type SliceAttributes, sliceOperation } from '../../operations/slice.ts';

/** An operation of this backend only. onnxruntime merges equal nodes, so it is lowered to a slice that looks different. */
const sliceAgainOperation = defineOperation<SliceAttributes>({
  name: 'sliceAgain',
  shape: sliceOperation.shape,
});

/** `slice` for use long after an equal slice: copying twice is cheaper than keeping the first copy until then. */
export function sliceAgain(x: Tensor, axis: number, start: number, end: number): Tensor {
  if (start === 0 && end === x.shape[axis]) return x;
  return apply(sliceAgainOperation, [x], { axis, start, end });
}
