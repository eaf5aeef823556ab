import { expect, test } from 'vitest';
import { spec } from '../core/index.ts';
import { gradients } from './gradients.ts';
import { createGraph, input, type Tensor } from './graph.ts';
import { graphDepth } from './graph-depth.ts';
import { add, mul, sigmoid, silu, sum, tanh } from './index.ts';

const vector = () => input(createGraph(), 'x', spec('float32', [3]));

test('the depth is the longest chain, not the number of operations', () => {
  const x = vector();
  expect(graphDepth([x])).toBe(0);
  const wide = [tanh(x), mul(x, 2), add(x, 1)];
  expect(graphDepth(wide)).toBe(1);
  const joined = add(add(wide[0]!, wide[1]!), wide[2]!);
  expect(graphDepth([joined])).toBe(3);
  expect(graphDepth([wide[0]!])).toBe(1);
});

test('a loop that is unrolled is as deep as it is long, and its derivative twice that', () => {
  const depth = (steps: number, differentiate: boolean) => {
    const x = vector();
    let y: Tensor = x;
    for (let i = 0; i < steps; i++) y = tanh(y);
    return graphDepth(differentiate ? gradients(sum(y), [x]) : [y]);
  };
  expect(depth(9, false) - depth(5, false)).toBe(4);
  const perStep = (depth(9, true) - depth(5, true)) / 4;
  expect(perStep).toBeGreaterThanOrEqual(2);
});

test('an operation is as deep as what it is made of', () => {
  const x = vector();
  expect(graphDepth([silu(x)])).toBe(graphDepth([mul(x, sigmoid(x))]));
});
