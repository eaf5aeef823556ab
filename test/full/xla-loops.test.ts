// Loops on XLA, with their derivatives, against the interpreter.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrayOf } from '../../src/core/index.ts';
import * as t from '../../src/tensor/index.ts';
import { randomUniformPart } from '../../src/tensor/operations/random-uniform.ts';
import { evaluate, numbers } from '../support/evaluate.ts';
import { relativeError } from '../support/gradient-check.ts';
import { hasXla, openXla } from '../support/open-xla.ts';
import { randn } from '../support/operation-cases.ts';

describe.skipIf(!hasXla)('on XLA', () => {
  let interpreter: t.Device;
  let xla: t.Device;
  beforeAll(() => {
    interpreter = t.openDevice({ device: 'interpreter' });
    xla = openXla();
  });
  afterAll(async () => {
    await xla.close();
    await interpreter.close();
  });

  const LENGTH = 7;
  const inputs = {
    first: randn('first', 2, 3),
    xs: randn('xs', LENGTH, 2, 3),
    weight: randn('weight', 3, 3),
  };

  test.each([
    ['forward', {}],
    ['reverse', { reverse: true }],
    ['checkpointed', { checkpointEvery: 3 }],
  ])('a network, %s: values, first and second derivatives', async (_, options) => {
    const build = ({ first, xs, weight }: Record<keyof typeof inputs, t.Tensor>) => {
      const { carry, ys } = t.scan(
        (state, x, { w }) => {
          const next = t.tanh(t.add(t.matmul(state, w), x));
          return { carry: next, y: t.mul(next, x) };
        },
        { init: first, xs, consts: { w: weight }, ...options },
      );
      const cube = (x: t.Tensor) => t.sum(t.mul(t.mul(x, x), x));
      const roots = [first, xs, weight];
      const gradients = t.gradients(t.add(cube(carry), cube(ys)), roots);
      const sum = gradients.map(cube).reduce((a, b) => t.add(a, b));
      return [carry, ys, ...gradients, ...t.gradients(sum, roots)];
    };
    const expected = await evaluate(interpreter, inputs, build);
    const found = await evaluate(xla, inputs, build);
    found.forEach((value, i) => {
      expect(relativeError(numbers(value), numbers(expected[i]!)), `output ${i}`).toBeLessThan(
        1e-11,
      );
    });
  });

  test('random bits are those of every other backend', async () => {
    const key = arrayOf('int32', [2], [123_456_789, -987_654_321]);
    const onnx = t.openDevice({ threads: 1 });
    const draw = (device: t.Device) =>
      evaluate(device, { key }, (x) => [
        t.randomUniform(x.key, 5, [3, 1000]),
        randomUniformPart(x.key, 5, [4, 6], [1, 2], [2, 3]),
      ]);
    const [expected, found] = [await draw(onnx), await draw(xla)];
    await onnx.close();
    expect(found.map(numbers)).toEqual(expected.map(numbers));
  });

  test('bad programs are refused in words, and the device goes on', async () => {
    const program = await xla.compile({
      states: { s: { dtype: 'float32', shape: [2] } },
      inputs: { x: { dtype: 'float32', shape: [2] } },
      build: ({ s }, { x }) => ({ outputs: t.add(s, x), updates: { s: t.add(s, 1) } }),
    });
    const state = await xla.createState(arrayOf('float32', [2], [1, 2]));
    const x = arrayOf('float32', [2], [10, 20]);
    // Several runs are under way before the first is read.
    const runs = Array.from({ length: 9 }, () => program.run({ s: state }, { x }));
    const read = await Promise.all(runs.map((run) => run.read()));
    expect(read.map(({ data }) => data[0])).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19]);
    await state.drop();
    await expect(program.run({ s: state }, { x }).read()).rejects.toThrow('the state was closed');
    await program.close();
    expect(numbers((await evaluate(xla, { x }, (y) => [t.neg(y.x)]))[0]!)).toEqual([-10, -20]);
  });
});

test.skipIf(!hasXla)('a library that is no plugin is refused in words', async () => {
  const device = t.openDevice({ device: `xla:${process.execPath}` });
  await expect(device.runtime()).rejects.toThrow(/does not load|is not a PJRT plugin/);
  await device.close();
});
