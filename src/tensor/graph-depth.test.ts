import { expect, test } from 'vitest';
import { spec } from '../core/index.ts';
import { gradients } from './gradients.ts';
import { createGraph, input, type Tensor } from './graph.ts';
import { graphDepth } from './graph-depth.ts';
import { add, mul, scan, sigmoid, silu, sum, tanh } from './index.ts';

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

test('a loop is as deep as its steps written out, whatever it carries along', () => {
  const depth = (steps: number, loop: boolean, differentiate: boolean) => {
    const x = vector();
    const step = (y: Tensor) => tanh(mul(y, 2));
    let [y, short] = [x, x];
    if (loop) {
      const { carry } = scan(
        (before: readonly [Tensor, Tensor]) => ({
          carry: [step(before[0]), before[1]] as const,
          y: {},
        }),
        { init: [x, x] as const, length: steps },
      );
      [y, short] = carry;
    } else for (let i = 0; i < steps; i++) y = step(y);
    expect(graphDepth([short])).toBe(0);
    return graphDepth(differentiate ? gradients(sum(y), [x]) : [y]);
  };
  expect(depth(7, true, false)).toBe(14);
  for (const steps of [1, 4, 9]) {
    expect(depth(steps, true, false)).toBe(depth(steps, false, false));
    expect(Math.abs(depth(steps, true, true) - depth(steps, false, true))).toBeLessThan(6 + steps);
  }
});
