// Random numbers inside a graph: a pure function of a key that is given at each run.

import type { Shape } from '../../core/index.ts';
import { emit, requireDtype, type Tensor } from '../graph.ts';
import { formatShape, ShapeError } from '../shape.ts';
import { cast, less, mul } from './elementwise.ts';

/**
 * Uniform float32 in [0, 1) from `key` (int32 `[2]`): a multiply-xorshift hash of the element's
 * number, good enough for masks and noise. Different `stream`s of one key are unrelated.
 */
export function randomUniform(key: Tensor, stream: number, shape: Shape): Tensor {
  requireDtype('randomUniform', key, ['int32']);
  if (key.shape.length !== 1 || key.shape[0] !== 2) {
    throw new ShapeError(`randomUniform: the key must be [2], got ${formatShape(key.shape)}`);
  }
  return emit('randomUniform', [key], { dtype: 'float32', shape }, { stream });
}

/** 1 / keep with probability `keep`, else 0 (inverted dropout, Srivastava et al. 2014). */
export function dropoutMask(key: Tensor, stream: number, x: Tensor, rate: number): Tensor {
  const keep = 1 - rate;
  const kept = cast(less(randomUniform(key, stream, x.shape), keep), x.dtype);
  return mul(kept, 1 / keep);
}
