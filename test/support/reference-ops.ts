// The operations once more, in plain float64 loops, one element at a time: what the engine is compared with.

import type { NdArray } from '../../src/core/index.ts';

/** A dense row-major array of numbers. */
export type Values = { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

export function valuesOf(x: NdArray): Values {
  return { shape: x.shape, data: Float64Array.from(x.data as Float64Array, Number) };
}

type Index = readonly number[];

/** An array from a function of the index. */
export function fromIndex(shape: readonly number[], fn: (index: Index) => number): Values {
  const total = shape.reduce((a, b) => a * b, 1);
  const data = new Float64Array(total);
  const index = shape.map(() => 0);
  for (let i = 0; i < total; i++) {
    data[i] = fn(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return { shape, data };
}

export function at(x: Values, index: Index): number {
  let offset = 0;
  x.shape.forEach((size, axis) => {
    offset = offset * size + index[axis]!;
  });
  return x.data[offset]!;
}

/** The element that broadcasting puts at `index`: aligned at the last axis, size 1 repeated. */
function broadcastAt(x: Values, index: Index): number {
  const tail = index.slice(index.length - x.shape.length);
  return at(
    x,
    tail.map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
  );
}

/** Elementwise with broadcasting. */
export function map(fn: (...values: number[]) => number, ...arrays: Values[]): Values {
  const rank = Math.max(...arrays.map((x) => x.shape.length));
  const shape = Array.from({ length: rank }, (_, i) =>
    Math.max(...arrays.map((x) => x.shape[x.shape.length - rank + i] ?? 1)),
  );
  return fromIndex(shape, (index) => fn(...arrays.map((x) => broadcastAt(x, index))));
}

/** Reduces `axes` with a function of the list of elements. */
export function reduce(
  x: Values,
  fn: (values: number[]) => number,
  axes: readonly number[] = [...x.shape.keys()],
  keepDims = false,
): Values {
  const outer = fromIndex(
    x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
    (index) => {
      const found: number[] = [];
      fromIndex(
        x.shape.map((size, axis) => (axes.includes(axis) ? size : 1)),
        (inner) => {
          found.push(
            at(
              x,
              inner.map((i, axis) => i + index[axis]!),
            ),
          );
          return 0;
        },
      );
      return fn(found);
    },
  );
  return keepDims ? outer : { ...outer, shape: x.shape.filter((_, axis) => !axes.includes(axis)) };
}

export const total = (values: number[]) => values.reduce((a, b) => a + b, 0);

/** `[..., m, k] · [..., k, n]`, the right side possibly a plain matrix. */
export function product(a: Values, b: Values): Values {
  const shape = [...a.shape.slice(0, -1), b.shape.at(-1)!];
  return fromIndex(shape, (index) => {
    let sum = 0;
    const lead = index.slice(0, -1);
    for (let k = 0; k < a.shape.at(-1)!; k++) {
      const right = b.shape.length === 2 ? [k] : [...index.slice(0, -2), k];
      sum += at(a, [...lead, k]) * at(b, [...right, index.at(-1)!]);
    }
    return sum;
  });
}

export function permute(x: Values, order: readonly number[]): Values {
  const shape = order.map((axis) => x.shape[axis]!);
  return fromIndex(shape, (index) =>
    at(
      x,
      order.map((_, axis) => index[order.indexOf(axis)]!),
    ),
  );
}

export function swapLast(x: Values): Values {
  const n = x.shape.length;
  return permute(x, [...Array(n - 2).keys(), n - 1, n - 2]);
}

export function crop(x: Values, axis: number, start: number, end: number): Values {
  const shape = x.shape.map((size, i) => (i === axis ? end - start : size));
  return fromIndex(shape, (index) =>
    at(
      x,
      index.map((v, i) => (i === axis ? v + start : v)),
    ),
  );
}

/** Softmax over the last axis. */
export function softmaxOf(x: Values): Values {
  const e = map(Math.exp, x);
  return map((a, b) => a / b, e, reduce(e, total, [x.shape.length - 1], true));
}

/** Numbers in [0, 1) from a key of two words: the documented multiply-xorshift hash of the element's number. */
export function uniformOf(
  key: ArrayLike<number>,
  stream: number,
  shape: readonly number[],
): Values {
  let i = 0;
  return fromIndex(shape, () => {
    let x = Math.imul(i++, 0x9e3779b1);
    for (const salt of [key[0]!, key[1]! + Math.imul(stream, 0x85ebca6b)]) {
      x = (x + salt) | 0;
      x = Math.imul(x ^ (x >>> 15), 0x7feb352d);
      x = Math.imul(x ^ (x >>> 16), 0x846ca68b);
      x = Math.imul(x ^ (x >>> 14), 0x9e3779b1);
      x ^= x >>> 16;
    }
    return (x >>> 8) * 2 ** -24;
  });
}

/** Attention over `[batch, heads, rows, size]`, one query at a time → `[batch, queries, heads · size]`. */
export function attentionOf(
  [q, k, v]: readonly [Values, Values, Values],
  options: {
    causal?: boolean;
    scale?: number;
    bias?: Values;
    /** Factor on the weight of (batch, head, query, key). */
    mask?: (index: Index) => number;
  } = {},
): Values {
  const [batch, heads, queries, size] = q.shape as [number, number, number, number];
  const keys = k.shape[2]!;
  const scale = options.scale ?? 1 / Math.sqrt(size);
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  return fromIndex([batch, queries, heads * size], ([b, i, column]) => {
    const head = Math.floor(column! / size);
    const seen = options.causal ? i! + 1 : keys;
    const scores = range(seen).map((j) => {
      const dot = total(range(size).map((c) => at(q, [b!, head, i!, c]) * at(k, [b!, head, j, c])));
      return Math.exp(dot * scale + (options.bias ? at(options.bias, [i!, j]) : 0));
    });
    const norm = total(scores);
    return total(
      scores.map((score, j) => {
        const kept = options.mask ? options.mask([b!, head, i!, j]) : 1;
        return (score / norm) * kept * at(v, [b!, head, j, column! % size]);
      }),
    );
  });
}
