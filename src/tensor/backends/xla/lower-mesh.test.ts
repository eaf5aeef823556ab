// Programs as text for several devices.

import { expect, test } from 'vitest';
import { type ParamSpec, spec, zerosInit } from '../../../core/index.ts';
import { gradients, matmul, sub, sum, type Tensor } from '../../index.ts';
import { traceProgram } from '../../program.ts';
import { lowerProgram } from './lower-program.ts';

const WEIGHT: ParamSpec = {
  dtype: 'float32',
  shape: [4, 6],
  init: zerosInit,
  role: 'mlp',
  part: 'up',
};

/** A step that changes a weight by its gradient, through the weight twice. */
const program = traceProgram({
  states: { weight: WEIGHT },
  inputs: { x: spec('float32', [8, 6]), key: spec('int32', [2]) },
  batched: ['x'],
  build: ({ weight }: { weight: Tensor }, { x }: { x: Tensor }) => {
    const back = matmul(matmul(x, weight, { transposeB: true }), weight);
    const loss = sum(back);
    const [gradient] = gradients(loss, [weight]);
    return { outputs: loss, updates: { weight: sub(weight, gradient!) } };
  },
});

test('on one device a result takes the memory of what it replaces', () => {
  const { text, layouts } = lowerProgram(program);
  expect(text).toContain('module @program {');
  expect(text).toContain('%v0: tensor<4x6xf32> {tf.aliasing_output = 1 : i32}, ');
  expect(text).not.toContain('sdy');
  expect(layouts.arguments).toEqual([[[], []], [[], []], [[]]]);
});

test('on a mesh arguments and results say how they lie', () => {
  const { text, layouts } = lowerProgram(program, { mesh: { data: 2, model: 2 }, shard: true });
  expect(text).toContain('{mhlo.num_partitions = 4 : i32, mhlo.num_replicas = 1 : i32}');
  expect(text).toContain('sdy.mesh @mesh = <["data"=2, "model"=2]>');
  const weight = 'sdy.sharding = #sdy.sharding<@mesh, [{"model"}, {"data"}p1]>';
  expect(text).toContain(`%v0: tensor<4x6xf32> {${weight}, jax.buffer_donor = true}`);
  expect(text).toContain(
    '%v1: tensor<8x6xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"data"}, {}]>}',
  );
  expect(text).toContain('%v2: tensor<2xi32> {sdy.sharding = #sdy.sharding<@mesh, [{}]>}');
  const scalar = 'tensor<f32> {sdy.sharding = #sdy.sharding<@mesh, []>}';
  expect(text).toContain(`-> (${scalar}, tensor<4x6xf32> {${weight}})`);
  expect(layouts.results).toEqual([[], [['model'], ['data']]]);
});

test('what is sharded is collected again for each product but the first', () => {
  const countBarriers = (shard: boolean) =>
    lowerProgram(program, { mesh: { data: 2, model: 1 }, shard }).text.split('optimization_barrier')
      .length - 1;
  expect(countBarriers(false)).toBe(0);
  expect(countBarriers(true)).toBeGreaterThan(0);
});
