import type { Shape } from '../../core/index.ts';
import type { Tensor } from '../graph.ts';
import { cast } from '../operations/cast.ts';
import { less } from '../operations/less.ts';
import { mul } from '../operations/mul.ts';
import { randomUniformPart } from '../operations/random-uniform.ts';

/** 1 / keep with probability `keep`, else 0 (inverted dropout, Srivastava et al. 2014). */
export function dropoutMask(key: Tensor, stream: number, x: Tensor, rate: number): Tensor {
  return dropoutMaskPart(key, stream, x, rate, x.shape, new Array(x.shape.length).fill(0));
}

/** The part, beginning at `starts` and shaped as `x`, of a mask for an array of the shape `whole`. */
export function dropoutMaskPart(
  key: Tensor,
  stream: number,
  x: Tensor,
  rate: number,
  whole: Shape,
  starts: readonly number[],
): Tensor {
  const keep = 1 - rate;
  const drawn = randomUniformPart(key, stream, whole, starts, x.shape);
  return mul(cast(less(drawn, keep), x.dtype), 1 / keep);
}
