import { describe, expect, test } from 'vitest';
import { spec } from '../../../core/index.ts';
import {
  cast,
  gradients,
  linearCrossEntropy,
  matmul,
  mean,
  range,
  type Tensor,
} from '../../index.ts';
import { traceProgram } from '../../program.ts';
import { lowerProgram } from './lower-program.ts';

function textOf(
  inputs: Readonly<Record<string, ReturnType<typeof spec>>>,
  build: (x: Readonly<Record<string, Tensor>>) => readonly Tensor[],
): string {
  const traced = traceProgram({
    states: {},
    inputs,
    build: (_states, x) => ({ outputs: build(x) }),
  });
  return lowerProgram(traced).text;
}

describe('cross-entropy of a large vocabulary', () => {
  const text = textOf(
    {
      x: spec('float32', [4096, 8]),
      weight: spec('float32', [50_000, 8]),
      targets: spec('int32', [4096]),
    },
    ({ x, weight, targets }) => {
      const loss = mean(linearCrossEntropy(x!, weight!, targets!).losses);
      return [loss, ...gradients(loss, [x!, weight!])];
    },
  );

  test('the logits of only some rows exist at a time', () => {
    const logits = [...text.matchAll(/tensor<(\d+)x50000xf32>/g)].map(([, rows]) => Number(rows));
    expect(logits.length).toBeGreaterThan(0);
    expect(Math.max(...logits)).toBe(335);
  });

  test('each chunk waits for the one before', () => {
    // A comparison with infinity for the loss, the product and the sum of all chunks but the last.
    expect(text.match(/stablehlo\.compare GT/g)).toHaveLength(3 * (Math.ceil(4096 / 335) - 1));
  });

  test('ids of the vocabulary are counted, not written out', () => {
    expect(text.length).toBeLessThan(100_000);
  });
});

test('products of bfloat16 values are summed in float32', () => {
  const text = textOf({ a: spec('float32', [2, 3]), b: spec('float32', [3, 4]) }, ({ a, b }) => [
    matmul(a!, b!, { precision: 'bfloat16' }),
  ]);
  expect(text).toContain('(tensor<2x3xbf16>, tensor<3x4xbf16>) -> tensor<2x4xf32>');
});

test('what is kept in bfloat16 leaves a product in it', () => {
  const text = textOf({ a: spec('float32', [2, 3]), b: spec('float32', [3, 4]) }, ({ a, b }) => [
    matmul(a!, b!, { precision: 'bfloat16', rounds: true }),
  ]);
  expect(text).toContain('(tensor<2x3xbf16>, tensor<3x4xbf16>) -> tensor<2x4xbf16>');
  expect(text).toContain('(tensor<2x4xbf16>) -> tensor<2x4xf32>');
});

test('sums of a bfloat16 tensor are float32 inside', () => {
  const text = textOf({ x: spec('float32', [2, 3]) }, ({ x }) => [mean(cast(x!, 'bfloat16'))]);
  expect(text).toMatch(/reduce\(.*\) -> tensor<f32>/);
});

test('a count from zero is an iota', () => {
  const text = textOf({ x: spec('float32', [3]) }, ({ x }) => [range(x!.graph, 9, 'int32')]);
  expect(text).toContain('stablehlo.iota dim = 0 : tensor<9xi32>');
});
