// Programs and states on a device, as a user of `primordia/tensor` meets them.

import { spawnSync } from 'node:child_process';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrayOf, type NdArray, spec, zeros } from '../../src/core/index.ts';
import {
  add,
  constant,
  type Device,
  gatherRows,
  matmul,
  mul,
  openDevice,
  ShapeError,
  sub,
  sum,
  type Tensor,
} from '../../src/tensor/index.ts';
import { numbers } from '../support/evaluate.ts';

const pair = spec('float32', [2]);
const f32 = (...values: number[]) => arrayOf('float32', [values.length], values);

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 2 });
});
afterAll(() => device.close());

/** a ← a + step, output: the sum before. */
const counter = {
  states: { a: pair },
  inputs: { step: pair },
  build: ({ a }: { a: Tensor }, { step }: { step: Tensor }) => ({
    outputs: { before: sum(a) },
    updates: { a: add(a, step) },
  }),
};

describe('states', () => {
  test('an update is there at the next run, and no run reads what it writes', async () => {
    const program = await device.compile(counter);
    const a = await device.createState(f32(1, 2));
    const sums: number[] = [];
    for (let n = 0; n < 5; n++) {
      const { before } = await program.run({ a }, { step: f32(1, 10) }).read();
      sums.push(before.data[0] as number);
      expect((await a.read()).data).toEqual(Float32Array.of(2 + n, 12 + 10 * n));
    }
    expect(sums).toEqual([3, 14, 25, 36, 47]);
  });

  test('a leaf without data starts as zeros', async () => {
    const tree = { w: spec('float64', [2, 2]), list: [spec('int64', [3]), spec('bool', [1])] };
    const state = await device.createState(tree);
    expect(await state.read()).toEqual({
      w: zeros('float64', [2, 2]),
      list: [zeros('int64', [3]), zeros('bool', [1])],
    });
  });

  test('a reading is a copy', async () => {
    const program = await device.compile(counter);
    const a = await device.createState(f32(1, 2));
    const first = await a.read();
    (first.data as Float32Array).fill(99);
    await program.run({ a }, { step: f32(0, 0) }).read();
    expect((await a.read()).data).toEqual(Float32Array.of(1, 2));
    const second = await a.read();
    await program.run({ a }, { step: f32(1, 1) }).read();
    expect(second.data).toEqual(Float32Array.of(1, 2));
  });

  test('what is created from an array does not follow it, unless it is handed over', async () => {
    const array = f32(1, 2);
    const copied = await device.createState(array);
    (array.data as Float32Array).fill(7);
    expect((await copied.read()).data).toEqual(Float32Array.of(1, 2));

    const buffer = Float32Array.of(0, 3, 4, 5, 6);
    const view = (from: number): NdArray => ({
      dtype: 'float32',
      shape: [2],
      data: buffer.subarray(from, from + 2),
    });
    const state = await device.createState({ x: view(1), y: view(3) }, { transfer: true });
    expect(buffer.length).toBe(0);
    const { x, y } = await state.read();
    expect([x.data, y.data]).toEqual([Float32Array.of(3, 4), Float32Array.of(5, 6)]);
  });

  test('an update may leave leaves out, pass them through, and swap them', async () => {
    const tree = { x: pair, y: pair, z: pair };
    type Three = { x: Tensor; y: Tensor; z: Tensor };
    const partial = await device.compile({
      states: { s: tree },
      inputs: {},
      build: ({ s }) => ({ outputs: {}, updates: { s: { ...s, y: add(s.y, 1) } } }),
    });
    const single = await device.compile({
      states: { s: tree },
      inputs: {},
      build: ({ s }) => ({ outputs: {}, updates: { s: { z: add(s.z, s.x) } as unknown as Three } }),
    });
    const swap = await device.compile({
      states: { s: tree },
      inputs: {},
      build: ({ s }) => ({ outputs: {}, updates: { s: { x: s.y, y: s.x, z: s.z } } }),
    });
    const s = await device.createState({ x: f32(1, 1), y: f32(2, 2), z: f32(3, 3) });
    const read = async () => {
      const { x, y, z } = await s.read();
      return [x, y, z].map(({ data }) => data[0]);
    };
    await partial.run({ s }, {});
    expect(await read()).toEqual([1, 3, 3]);
    await partial.run({ s }, {});
    expect(await read()).toEqual([1, 4, 3]);
    await single.run({ s }, {});
    expect(await read()).toEqual([1, 4, 4]);
    await swap.run({ s }, {});
    expect(await read()).toEqual([4, 1, 4]);
    await swap.run({ s }, {});
    await partial.run({ s }, {});
    await single.run({ s }, {});
    expect(await read()).toEqual([1, 5, 5]);
  });

  test('two programs share a state: one trains, the other looks', async () => {
    const train = await device.compile(counter);
    const look = await device.compile({
      states: { weights: pair },
      inputs: { x: pair },
      build: ({ weights }, { x }) => ({ outputs: mul(weights, x) }),
    });
    const a = await device.createState(f32(1, 2));
    for (let n = 1; n <= 3; n++) {
      await train.run({ a }, { step: f32(1, 1) }).read();
      const seen = await look.run({ weights: a }, { x: f32(10, 100) }).read();
      expect(seen.data).toEqual(Float32Array.of(10 * (1 + n), 100 * (2 + n)));
    }
  });

  test('one program runs on any state of its layout', async () => {
    const program = await device.compile(counter);
    const a = await device.createState(f32(1, 2));
    const b = await device.createState(f32(10, 20));
    await program.run({ a }, { step: f32(1, 1) }).read();
    await program.run({ a: b }, { step: f32(1, 1) }).read();
    expect([(await a.read()).data, (await b.read()).data]).toEqual([
      Float32Array.of(2, 3),
      Float32Array.of(11, 21),
    ]);
  });

  test('runs that are not awaited follow one another', async () => {
    const program = await device.compile(counter);
    const a = await device.createState(f32(0, 0));
    const runs = Array.from({ length: 20 }, () => program.run({ a }, { step: f32(1, 2) }).read());
    const sums = (await Promise.all(runs)).map(({ before }) => before.data[0]);
    expect(sums).toEqual(Array.from({ length: 20 }, (_, n) => 3 * n));
    expect((await a.read()).data).toEqual(Float32Array.of(20, 40));
  });

  test('a failing run leaves its states as they were', async () => {
    const program = await device.compile({
      states: { table: spec('float32', [3, 1]), count: pair },
      inputs: { id: spec('int32', [1]) },
      build: ({ table, count }, { id }) => ({
        outputs: gatherRows(table, id),
        updates: { table: add(table, 1), count: add(count, sum(gatherRows(table, id))) },
      }),
    });
    const table = await device.createState(arrayOf('float32', [3, 1], [1, 2, 3]));
    const count = await device.createState(f32(0, 0));
    const bad = program.run({ table, count }, { id: arrayOf('int32', [1], [7]) }).read();
    await expect(bad).rejects.toThrow(/out of (data )?bounds/);
    expect((await table.read()).data).toEqual(Float32Array.of(1, 2, 3));
    await program.run({ table, count }, { id: arrayOf('int32', [1], [2]) }).read();
    expect((await table.read()).data).toEqual(Float32Array.of(2, 3, 4));
    expect((await count.read()).data).toEqual(Float32Array.of(3, 3));
  });
});

test('outputs that are inputs, states, constants or each other are arrays of their own', async () => {
  const program = await device.compile({
    states: { a: pair },
    inputs: { x: pair },
    build: ({ a }, { x }) => {
      const y = sub(x, a);
      const six = constant(x.graph, f32(6, 6));
      return { outputs: { x, a, six, y, list: [y, y] }, updates: { a: y } };
    },
  });
  const a = await device.createState(f32(1, 2));
  const first = await program.run({ a }, { x: f32(5, 5) }).read();
  const all = [first.x, first.a, first.six, first.y, ...first.list];
  expect(all.map((x) => numbers(x))).toEqual([
    [5, 5],
    [1, 2],
    [6, 6],
    [4, 3],
    [4, 3],
    [4, 3],
  ]);
  for (const x of all) (x.data as Float32Array).fill(-1);
  const second = await program.run({ a }, { x: f32(5, 5) }).read();
  expect(numbers(second.a)).toEqual([4, 3]);
  expect(numbers(second.six)).toEqual([6, 6]);
});

describe('run() says what is wrong with its arguments', () => {
  const build = async () => {
    const program = await device.compile({
      states: { params: { w: spec('float32', [3, 2]) } },
      inputs: { batch: { x: spec('float32', [4, 3]) }, scale: spec('float32', []) },
      build: ({ params }, { batch, scale }) => ({
        outputs: mul(matmul(batch.x, params.w), scale),
      }),
    });
    const params = await device.createState({ w: spec('float32', [3, 2]) });
    const x = zeros('float32', [4, 3]);
    const scale = zeros('float32', []);
    // biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
    const run = async (states: any, inputs: any) => program.run(states, inputs).read();
    return { run, params, x, scale };
  };

  test('inputs', async () => {
    const { run, params, x, scale } = await build();
    await expect(run({ params }, { batch: { x }, scale })).resolves.toMatchObject({
      shape: [4, 2],
    });
    const transposed = { batch: { x: zeros('float32', [3, 4]) }, scale };
    await expect(run({ params }, transposed)).rejects.toThrow(
      "the input 'batch.x' is float32 [3, 4], but the program was compiled for float32 [4, 3]",
    );
    const double = { batch: { x }, scale: zeros('float64', []) };
    await expect(run({ params }, double)).rejects.toThrow(
      "the input 'scale' is float64 [], but the program was compiled for float32 []",
    );
    await expect(run({ params }, { batch: { x } })).rejects.toThrow("the input 'scale' is missing");
    await expect(run({ params }, { batch: {}, scale })).rejects.toThrow(
      "the input 'batch.x' is missing",
    );
    const short = { batch: { x: { ...x, data: new Float32Array(7) } }, scale };
    await expect(run({ params }, short)).rejects.toThrow(
      "the input 'batch.x' holds 7 elements, but its shape [4, 3] has 12",
    );
    await expect(run({ params }, {})).rejects.toThrow(ShapeError);
  });

  test('states', async () => {
    const { run, x, scale } = await build();
    const inputs = { batch: { x }, scale };
    await expect(run({}, inputs)).rejects.toThrow("the state 'params' is missing");
    const wide = await device.createState({ w: spec('float32', [2, 3]) });
    await expect(run({ params: wide }, inputs)).rejects.toThrow(
      "the state 'params' holds 'w' float32 [2, 3] at place 0, " +
        "but the program was compiled for 'w' float32 [3, 2]",
    );
    const other = await device.createState({ v: spec('float32', [3, 2]) });
    await expect(run({ params: other }, inputs)).rejects.toThrow("'v'");
    const more = await device.createState({ w: spec('float32', [3, 2]), b: pair });
    await expect(run({ params: more }, inputs)).rejects.toThrow('compiled for nothing');
  });

  test('updates are checked when compiled', async () => {
    const compile = (updates: unknown) =>
      device.compile({
        states: { a: { w: pair } },
        inputs: { x: spec('float32', [3]) },
        build: ({ a }, { x }) => ({
          outputs: {},
          updates: (updates === 'shape' ? { a: { w: x } } : { a: { v: a.w } }) as never,
        }),
      });
    await expect(compile('shape')).rejects.toThrow(
      "update of state 'a.w': float32 [3] does not replace float32 [2]",
    );
    await expect(compile('name')).rejects.toThrow("update of state 'a': it has no 'v'");
  });
});

describe('after the end', () => {
  test('a closed program and a dropped state say so', async () => {
    const program = await device.compile(counter);
    const a = await device.createState(f32(1, 2));
    await program.close();
    await expect(program.run({ a }, { step: f32(1, 1) }).read()).rejects.toThrow(
      'the program was closed already',
    );
    await expect(program.close()).rejects.toThrow('the program was closed already');
    await a.drop();
    await expect(a.read()).rejects.toThrow('the state was closed already');
    const again = await device.compile(counter);
    await expect(again.run({ a }, { step: f32(1, 1) }).read()).rejects.toThrow(
      'the state was closed already',
    );
  });

  test('an array whose buffer was handed over is refused, and the device goes on', async () => {
    const array = f32(1, 2);
    await device.createState(array, { transfer: true });
    await expect(device.createState({ x: array })).rejects.toThrow(
      "createState: the array 'x' holds 0 elements, but its shape [2] has 2 (was its buffer handed over?)",
    );
    const program = await device.compile(counter);
    const a = await device.createState(f32(1, 2));
    expect(() => program.run({ a }, { step: array })).toThrow("the input 'step' holds 0 elements");
    expect((await program.run({ a }, { step: f32(0, 0) }).read()).before.data).toEqual(
      Float32Array.of(3),
    );
  });

  test('closing a device rejects what is under way and what comes later', async () => {
    const own = openDevice({ threads: 1 });
    const program = await own.compile(counter);
    const a = await own.createState(f32(1, 2));
    const underWay = Array.from({ length: 50 }, () =>
      program.run({ a }, { step: f32(1, 1) }).read(),
    );
    const settled = Promise.allSettled(underWay);
    await own.close();
    const outcomes = await settled;
    expect(outcomes.at(-1)).toMatchObject({
      status: 'rejected',
      reason: new Error('the device is closed'),
    });
    await expect(program.run({ a }, { step: f32(1, 1) }).read()).rejects.toThrow(
      'the device is closed',
    );
    await expect(a.read()).rejects.toThrow('the device is closed');
    await expect(own.createState(f32(1))).rejects.toThrow('the device is closed');
    await expect(own.compile(counter)).rejects.toThrow('the device is closed');
    await own.close();
  });

  test('closing waits for the run that computes, whenever it comes', async () => {
    const size = 512;
    for (let attempt = 0; attempt < 6; attempt++) {
      const own = openDevice({ threads: 1 });
      const program = await own.compile({
        states: { a: spec('float32', [size, size]) },
        inputs: {},
        build: ({ a }: { a: Tensor }) => {
          let product = a;
          for (let factor = 0; factor < 12; factor++) product = matmul(product, a);
          return { outputs: { product }, updates: {} };
        },
      });
      const a = await own.createState(zeros('float32', [size, size]));
      const run = program.run({ a }, {}).read();
      const outcome = run.then(
        () => 'computed',
        (error: Error) => error.message,
      );
      await new Promise((resolve) => setTimeout(resolve, attempt * 8));
      await own.close();
      expect(['computed', 'the device is closed']).toContain(await outcome);
    }
  });

  test('a process that has nothing else to do waits for a device that closes', async () => {
    const url = (file: string) => new URL(`../../dist/${file}`, import.meta.url).href;
    const code = `
      import { matmul, openDevice } from '${url('tensor/index.js')}';
      import { spec, zeros } from '${url('core/index.js')}';
      const shape = [512, 512];
      const device = openDevice({ threads: 1 });
      const program = await device.compile({
        states: { a: spec('float32', shape) },
        inputs: {},
        build: ({ a }) => {
          let product = a;
          for (let factor = 0; factor < 12; factor++) product = matmul(product, a);
          return { outputs: { product }, updates: {} };
        },
      });
      const a = await device.createState(zeros('float32', shape));
      const run = program.run({ a }, {}).read().catch((error) => error.message);
      await device.close();
      console.log(await run);`;
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', code],
      { encoding: 'utf8' },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'the device is closed\n' });
  });

  test('a thread that dies rejects what is under way', async () => {
    const started = new Promise<Worker>((resolve) => process.once('worker', resolve));
    const own = openDevice({ threads: 1 });
    const worker = await started;
    const program = await own.compile(counter);
    const a = await own.createState(f32(1, 2));
    // Not a request: the thread fails outside its own error handling.
    worker.postMessage(null);
    const run = program.run({ a }, { step: f32(1, 1) }).read();
    await expect(run).rejects.toThrow(/null|undefined|destructure/i);
    await expect(a.read()).rejects.toThrow();
    await own.close();
  });
});
