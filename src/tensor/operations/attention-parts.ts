// What attention and its derivative have in common: inputs, masks, and the plain computation.

import { type ArraySpec, arrayOf, type Shape } from '../../core/index.ts';
import { dropoutMaskPart } from '../functions/dropout-mask.ts';
import { constant, type Precision, type Tensor } from '../graph.ts';
import { formatShape, ShapeError, sameShape } from '../shape.ts';
import { add } from './add.ts';
import { matmul } from './matmul.ts';
import { mul } from './mul.ts';
import { slice } from './slice.ts';
import { softmax } from './softmax.ts';

export type AttentionAttributes = {
  /** Query row i sees keys 0..i only. */
  readonly causal: boolean;
  /** Multiplies the scores. */
  readonly scale: number;
  /** Whether a bias on the scores is among the inputs. */
  readonly biased: boolean;
  /** Dropout of attention weights, whose key is then among the inputs. */
  readonly dropout: { readonly rate: number; readonly stream: number } | null;
  /** Of its matrix products; the softmax is float32 either way. */
  readonly precision: Precision;
};

/** Inputs by name. The operation has those that are given in this order. */
export type AttentionInputs<T> = {
  readonly q: T;
  readonly k: T;
  readonly v: T;
  readonly bias: T | undefined;
  readonly key: T | undefined;
  /** The remaining inputs. */
  readonly rest: readonly T[];
};

export function readAttentionInputs<T>(
  inputs: readonly T[],
  { biased, dropout }: AttentionAttributes,
): AttentionInputs<T> {
  const [q, k, v] = inputs as [T, T, T];
  const key = 3 + Number(biased);
  return {
    q,
    k,
    v,
    bias: biased ? inputs[3] : undefined,
    key: dropout ? inputs[key] : undefined,
    rest: inputs.slice(key + Number(dropout !== null)),
  };
}

/** Some of the query rows, and the first keys that they see. */
export type AttentionRows = { readonly start: number; readonly end: number; readonly seen: number };

export type AttendedRows = AttentionRows & {
  /** With bias and mask, before the softmax, `[batch, heads, rows, seen]`. */
  readonly scores: Tensor;
  /** Attention weights, before and after dropout, and the dropout mask. */
  readonly weights: Tensor;
  readonly used: Tensor;
  readonly mask: Tensor | undefined;
  /** `[batch, heads, rows, size]` */
  readonly output: Tensor;
};

/** The bias of forbidden scores: softmax turns it into an exact zero. */
export const FORBIDDEN = -1e9;

/** Attention of some rows, from simpler operations. */
export function attendRows(
  { q, k, v, bias, key }: AttentionInputs<Tensor>,
  attributes: AttentionAttributes,
  rows: AttentionRows,
): AttendedRows {
  const { causal, scale, dropout, precision } = attributes;
  const { start, end, seen } = rows;
  const keys = slice(k, 2, 0, seen);
  const products = matmul(slice(q, 2, start, end), keys, {
    transposeB: true,
    scale,
    precision,
  });
  const given = bias && slice(slice(bias, -2, start, end), -1, 0, seen);
  const mask = causal ? causalMask(q, rows) : undefined;
  const added = mask && given ? add(mask, given) : (mask ?? given);
  const scores = added ? add(products, added) : products;
  const weights = softmax(scores);
  const whole = [...q.shape.slice(0, 3), k.shape[2]!];
  const dropped =
    dropout && key
      ? dropoutMaskPart(key, dropout.stream, weights, dropout.rate, whole, [0, 0, start, 0])
      : undefined;
  const used = dropped ? mul(weights, dropped) : weights;
  const rounds = precision === 'bfloat16';
  const output = matmul(used, slice(v, 2, 0, seen), { precision, rounds });
  return { ...rows, scores, weights, used, mask: dropped, output };
}

/** Zero where a row may attend, otherwise `FORBIDDEN`, `[rows, seen]`. */
function causalMask({ graph, dtype }: Tensor, { start, end, seen }: AttentionRows): Tensor {
  const values = new Float32Array((end - start) * seen);
  for (let row = start; row < end; row++) {
    values.fill(FORBIDDEN, (row - start) * seen + row + 1, (row - start + 1) * seen);
  }
  return constant(graph, arrayOf(dtype, [end - start, seen], values));
}

/** @throws ShapeError for shapes that do not go together */
export function checkAttentionShapes(
  { q, k, v, bias }: AttentionInputs<ArraySpec>,
  { causal }: AttentionAttributes,
): void {
  const shapes = `q ${formatShape(q.shape)}, k ${formatShape(k.shape)}, v ${formatShape(v.shape)}`;
  const ranks = [q, k, v].every((x) => x.shape.length === 4);
  if (!ranks || !sameShape(k.shape, v.shape)) {
    throw new ShapeError(`attention: ${shapes}: needs four axes, and keys shaped as values`);
  }
  if ([0, 1, 3].some((axis) => q.shape[axis] !== k.shape[axis])) {
    throw new ShapeError(`attention: ${shapes}: batch, heads and head size must agree`);
  }
  if (causal && q.shape[2] !== k.shape[2]) {
    throw new ShapeError(`attention: ${shapes}: causal attention needs as many queries as keys`);
  }
  if (bias && !fitsScores(bias.shape, q, k)) {
    throw new ShapeError(
      `attention: ${shapes}: bias ${formatShape(bias.shape)} must be [queries, keys]` +
        ' or [batch, heads, queries, keys]',
    );
  }
}

function fitsScores(bias: Shape, q: ArraySpec, k: ArraySpec): boolean {
  if (!sameShape(bias.slice(-2), [q.shape[2]!, k.shape[2]!])) return false;
  const leading = bias.slice(0, -2);
  return (
    leading.length === 0 ||
    (leading.length === 2 && leading.every((size, i) => size === 1 || size === q.shape[i]))
  );
}
