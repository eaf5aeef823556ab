// Joining along new axes, and cutting into equal pieces.

import type { Tensor } from '../graph.ts';
import { concat } from '../operations/concat.ts';
import { reshape } from '../operations/reshape.ts';
import { slice } from '../operations/slice.ts';
import { formatShape, resolveAxis, ShapeError } from '../shape.ts';

/** Joins along a new axis; all shapes must agree. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = tensors[0];
  if (!first) throw new ShapeError('stack: nothing to join');
  const at = axis < 0 ? axis + first.shape.length + 1 : axis;
  const widened = tensors.map((x) =>
    reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]),
  );
  return concat(widened, at);
}

/** Cuts an axis into equal pieces. */
export function split(x: Tensor, pieces: number, axis = -1): Tensor[] {
  const resolved = resolveAxis('split', axis, x.shape);
  const size = x.shape[resolved]! / pieces;
  if (!Number.isInteger(size)) {
    throw new ShapeError(
      `split: axis ${axis} of ${formatShape(x.shape)} does not divide into ${pieces} pieces`,
    );
  }
  return Array.from({ length: pieces }, (_, i) => slice(x, resolved, i * size, (i + 1) * size));
}
