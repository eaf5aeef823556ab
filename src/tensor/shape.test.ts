import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DType, spec } from '../core/index.ts';
import { createGraph, type Graph, input } from './graph.ts';
import * as t from './index.ts';
import { broadcastShapes, cutIntoChunks, resolveAxis } from './shape.ts';

function tensors(graph: Graph = createGraph()) {
  const of = (dtype: DType) => {
    return (...shape: number[]) => input(graph, `${graph.nextId}`, spec(dtype, shape));
  };
  return { f: of('float32'), d: of('float64'), i: of('int32'), l: of('int64'), b: of('bool') };
}

const { f, d, i, l, b } = tensors();

describe('a shape error names both shapes', () => {
  test.each<[string, () => unknown, string[]]>([
    ['add', () => t.add(f(2, 3), f(2, 4)), ['add', '[2, 3]', '[2, 4]', '3 against 4']],
    ['mul of another rank', () => t.mul(f(5, 2, 3), f(4, 3)), ['mul', '[5, 2, 3]', '[4, 3]']],
    ['less', () => t.less(f(2), f(3)), ['less', '[2]', '[3]']],
    ['logicalAnd', () => t.logicalAnd(b(2), b(3)), ['logicalAnd', '[2]', '[3]']],
    ['where', () => t.where(b(2), f(3), f(3)), ['where', '[2]', '[3]']],
    [
      'matmul, inner',
      () => t.matmul(f(2, 3), f(4, 5)),
      ['matmul', '[2, 3]', '[4, 5]', '3 against 4'],
    ],
    [
      'matmul, transposed',
      () => t.matmul(f(2, 3), f(3, 5), { transposeB: true }),
      ['[2, 3] · [3, 5]ᵀ', '3 against 5'],
    ],
    [
      'matmul, batches',
      () => t.matmul(f(2, 3, 4), f(5, 4, 3)),
      ['[2, 3, 4]', '[5, 4, 3]', 'leading axes'],
    ],
    ['matmul, vector', () => t.matmul(f(3), f(3, 4)), ['[3]', '[3, 4]', 'two axes']],
    [
      'matmul, transposed batch by matrix',
      () => t.matmul(f(2, 3, 4), f(3, 4), { transposeA: true }),
      ['[2, 3, 4]ᵀ', '[3, 4]'],
    ],
    ['reshape', () => t.reshape(f(2, 3), [4, 2]), ['reshape', '[2, 3]', '6 elements', '[4, 2]']],
    ['reshape, inferred', () => t.reshape(f(7), [2, -1]), ['[7]', '7 elements', '[2, -1]']],
    ['reshape, two inferred', () => t.reshape(f(4), [-1, -1]), ['[4]', '[-1, -1]']],
    ['reshape, negative', () => t.reshape(f(6), [-2, -3]), ['[6]', '[-2, -3]']],
    ['expand', () => t.expand(f(2, 3), [2, 6]), ['expand', '[2, 3]', '[2, 6]']],
    ['expand to fewer axes', () => t.expand(f(2, 3), [3]), ['expand', '[2, 3]', '[3]']],
    ['concat', () => t.concat([f(2, 3), f(3, 3)], 1), ['concat', '[3, 3]', '[2, 3]', 'axis 1']],
    ['stack', () => t.stack([f(2), f(3)]), ['[1, 3]', '[1, 2]']],
    ['transpose', () => t.transpose(f(2, 3), [0, 0]), ['transpose', '[0, 0]', '[2, 3]']],
    ['slice', () => t.slice(f(2, 3), 1, 1, 4), ['slice', '1..4', '[2, 3]']],
    ['split', () => t.split(f(2, 3), 2), ['split', '[2, 3]', '2 pieces']],
    ['axis', () => t.sum(f(2, 3), { axes: [2] }), ['sum', 'axis 2', '[2, 3]']],
    ['gatherRows', () => t.gatherRows(f(2, 3, 4), i(1)), ['gatherRows', '[2, 3, 4]']],
    [
      'scatterAddRows',
      () => t.scatterAddRows(9, i(4), f(5, 2)),
      ['scatterAddRows', '[4]', '[5, 2]'],
    ],
    ['takeAlongLastAxis', () => t.takeAlongLastAxis(f(2, 3), i(3, 1)), ['[3, 1]', '[2, 3]']],
    [
      'scatterAddAlongLastAxis',
      () => t.scatterAddAlongLastAxis(3, i(2, 1), f(2, 2)),
      ['scatterAddAlongLastAxis', '[2, 1]', '[2, 2]'],
    ],
    ['rmsNorm', () => t.rmsNorm(f(2, 3), f(4), 1), ['rmsNorm', '[4]', '[2, 3]']],
    ['layerNorm', () => t.layerNorm(f(2, 3), f(4), f(4), 1), ['[2, 3]', '[4]']],
    [
      'rope',
      () => {
        const x = f(1, 2, 3, 4);
        return t.rope(x, t.rotaryTable(x.graph, 5, 4, 100, 'float32'));
      },
      ['rope', '[5, 2]', '[1, 2, 3, 4]'],
    ],
    ['rotaryTable', () => t.rotaryTable(f(1).graph, 5, 3, 100, 'float32'), ['head size 3 is odd']],
    [
      'attention, heads',
      () => t.attention(f(1, 2, 3, 4), f(1, 3, 3, 4), f(1, 3, 3, 4)),
      ['[1, 2, 3, 4]', '[1, 3, 3, 4]'],
    ],
    [
      'attention, values',
      () => t.attention(f(1, 2, 3, 4), f(1, 2, 3, 4), f(1, 2, 5, 4)),
      ['[1, 2, 3, 4]', '[1, 2, 5, 4]'],
    ],
    [
      'attention, causal',
      () => t.attention(f(1, 2, 3, 4), f(1, 2, 5, 4), f(1, 2, 5, 4), { causal: true }),
      ['as many queries as keys', '[1, 2, 3, 4]', '[1, 2, 5, 4]'],
    ],
    [
      'attention, bias',
      () => t.attention(f(1, 2, 3, 4), f(1, 2, 5, 4), f(1, 2, 5, 4), { bias: f(5, 3) }),
      ['[5, 3]', '[queries, keys]'],
    ],
    [
      'linearCrossEntropy',
      () => t.linearCrossEntropy(f(5, 3), f(9, 4), i(5)),
      ['[5, 3]', '[9, 4]'],
    ],
    [
      'linearCrossEntropy, targets',
      () => t.linearCrossEntropy(f(5, 3), f(9, 3), i(4)),
      ['[4]', '[5]'],
    ],
    ['randomUniform', () => t.randomUniform(i(3), 0, [2]), ['[2]', '[3]']],
    ['negative pad', () => t.pad(f(2), 0, -1, 2), ['pad', '-1']],
    ['fractional size', () => t.pad(f(2), 0, 0.5, 0), ['[2.5]']],
  ])('%s', (_name, run, parts) => {
    expect(run).toThrow(t.ShapeError);
    for (const part of parts) expect(run).toThrow(part);
  });
});

describe('a dtype error names the dtypes and the shape', () => {
  test.each<[string, () => unknown, string[]]>([
    ['mixed', () => t.add(f(2), d(2)), ['add', 'float32 [2]', 'float64 [2]', 'cast']],
    ['mixed integers', () => t.mul(i(2), l(3)), ['mul', 'int32 [2]', 'int64 [3]']],
    ['bool arithmetic', () => t.add(b(2), b(2)), ['add', 'bool [2]']],
    ['integer exp', () => t.exp(i(2)), ['exp', 'float32 or float64', 'int32 [2]']],
    ['float condition', () => t.where(f(2), f(2), f(2)), ['where', 'bool', 'float32 [2]']],
    ['float logic', () => t.logicalNot(f(2)), ['logicalNot', 'bool', 'float32']],
    [
      'float ids',
      () => t.gatherRows(f(2, 3), f(2)),
      ['gatherRows', 'int32 or int64', 'float32 [2]'],
    ],
    [
      'float targets',
      () => t.takeAlongLastAxis(f(2, 3), f(2, 1)),
      ['takeAlongLastAxis', 'float32'],
    ],
    ['matmul of integers', () => t.matmul(i(2, 3), i(3, 2)), ['matmul', 'int32 [2, 3]']],
    ['matmul, mixed', () => t.matmul(f(2, 3), d(3, 2)), ['matmul', 'float32', 'float64 [3, 2]']],
    ['rmsNorm, mixed', () => t.rmsNorm(f(2, 3), d(3), 1), ['rmsNorm', 'float64 [3]']],
    ['concat, mixed', () => t.concat([f(2), d(2)], 0), ['concat', 'float64 [2]', 'float32 [2]']],
    ['mean of integers', () => t.mean(i(2)), ['mean', 'int32 [2]']],
    ['random key', () => t.randomUniform(f(2), 0, [2]), ['randomUniform', 'int32', 'float32']],
    ['fraction and integers', () => t.mul(i(2), 0.5), ['0.5', 'int32', 'cast']],
    [
      'infinity and integers',
      () => t.maximum(l(2), Number.NEGATIVE_INFINITY),
      ['-Infinity', 'int64'],
    ],
  ])('%s', (_name, run, parts) => {
    expect(run).toThrow(t.ShapeError);
    for (const part of parts) expect(run).toThrow(part);
  });

  test('two numbers make no tensor', () => {
    expect(() => t.add(1, 2)).toThrow('add: one operand must be a tensor');
  });
});

describe('shapes', () => {
  test.each<[string, () => t.Tensor, number[], DType]>([
    ['broadcast', () => t.add(f(2, 1, 3), f(4, 1)), [2, 4, 3], 'float32'],
    ['a number keeps the dtype', () => t.add(1, d(2)), [2], 'float64'],
    ['comparison', () => t.less(i(2, 1), 3), [2, 1], 'bool'],
    ['size 0', () => t.add(f(0, 3), f(1, 1)), [0, 3], 'float32'],
    ['reshape', () => t.reshape(f(2, 6), [3, -1]), [3, 4], 'float32'],
    ['slice', () => t.slice(f(2, 6), -1, -4, -1), [2, 3], 'float32'],
    ['stack', () => t.stack([i(2, 3), i(2, 3)], 1), [2, 2, 3], 'int32'],
    ['sum of all', () => t.sum(f(2, 3)), [], 'float32'],
    ['max, kept', () => t.max(f(2, 3), { axes: [-1], keepDims: true }), [2, 1], 'float32'],
    ['argmax', () => t.argmax(f(2, 3), 0), [3], 'int64'],
    ['oneHot', () => t.oneHot(l(2, 3), 5, 'float64'), [2, 3, 5], 'float64'],
    ['gatherRows', () => t.gatherRows(f(9, 4), i(2, 3)), [2, 3, 4], 'float32'],
    ['matmul', () => t.matmul(f(7, 2, 3), f(5, 3), { transposeB: true }), [7, 2, 5], 'float32'],
    [
      'attention',
      () => t.attention(f(2, 3, 4, 6), f(2, 3, 5, 6), f(2, 3, 5, 6)),
      [2, 4, 18],
      'float32',
    ],
  ])('%s', (_name, run, shape, dtype) => {
    const out = run();
    expect(out.shape).toEqual(shape);
    expect(out.dtype).toBe(dtype);
  });

  test('operations that change nothing add no node', () => {
    const x = f(2, 3);
    const before = x.graph.nodes.length;
    const same = [
      t.reshape(x, [2, -1]),
      t.slice(x, 1, 0),
      t.pad(x, 0, 0, 0),
      t.expand(x, [2, 3]),
      t.cast(x, 'float32'),
      t.concat([x], 0),
      t.sum(x, { axes: [] }),
    ];
    for (const y of same) expect(y).toBe(x);
    expect(x.graph.nodes.length).toBe(before);
  });
});

const anyShape = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });

test('broadcasting is symmetric, and a shape broadcasts with itself and a scalar to itself', () => {
  const attempt = (x: readonly number[], y: readonly number[]) => {
    try {
      return broadcastShapes('op', x, y);
    } catch (error) {
      return error instanceof t.ShapeError ? 'error' : error;
    }
  };
  fc.assert(
    fc.property(anyShape, anyShape, (x, y) => {
      expect(attempt(x, y)).toEqual(attempt(y, x));
      expect(attempt(x, x)).toEqual(x);
      expect(attempt(x, [])).toEqual(x);
      const both = attempt(x, y);
      if (Array.isArray(both)) expect(attempt(both, x)).toEqual(both);
    }),
  );
});

test('chunks cover all rows once, in order', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.integer({ min: 1, max: 60 }), (rows, size) => {
      const covered = cutIntoChunks('op', rows, size).flatMap(([start, end]) =>
        Array.from({ length: end - start }, (_, k) => start + k),
      );
      expect(covered).toEqual(Array.from({ length: rows }, (_, k) => k));
    }),
  );
});

test('axes count from either end', () => {
  expect([resolveAxis('op', -1, [2, 3]), resolveAxis('op', 0, [2, 3])]).toEqual([1, 0]);
  for (const axis of [2, -3, 0.5, Number.NaN]) {
    expect(() => resolveAxis('op', axis, [2, 3])).toThrow(t.ShapeError);
  }
});
