import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { arrayOf, spec } from '../../../core/index.ts';
import { Device } from '../../device.ts';
import { add } from '../../operations/add.ts';
import { mul } from '../../operations/mul.ts';
import { openOnnxHere } from './open-onnx-here.ts';
import { TARGETS } from './targets.ts';

const open = () => new Device(openOnnxHere({ ort, version: '1', target: TARGETS.cpu, threads: 1 }));

test('runs programs in this thread, in the order in which they were asked for', async () => {
  const device = open();
  const program = await device.compile({
    states: { sum: spec('float32', [2]) },
    inputs: { x: spec('float32', [2]) },
    build: ({ sum }, { x }) => ({ outputs: mul(sum, x), updates: { sum: add(sum, x) } }),
  });
  const sum = await device.createState(arrayOf('float32', [2], [1, 2]));
  const x = arrayOf('float32', [2], [10, 20]);
  const first = program.run({ sum }, { x });
  // What is asked for is what it was then.
  x.data.set([3, 4]);
  const second = program.run({ sum }, { x });
  expect([...(await second.read()).data]).toEqual([33, 88]);
  expect([...(await first.read()).data]).toEqual([10, 40]);
  expect([...(await sum.read()).data]).toEqual([14, 26]);
  expect((await device.runtime()).kind).toBe('wasm');
  await program.close();
  await expect(program.run({ sum }, { x }).read()).rejects.toThrow(
    'the program was closed already',
  );
  await device.close();
  await expect(sum.read()).rejects.toThrow('the device is closed');
});

test('takes over arrays that are handed to it', async () => {
  const device = open();
  const given = arrayOf('float32', [2], [1, 2]);
  const state = await device.createState(given, { transfer: true });
  expect(given.data.length).toBe(0);
  expect([...(await state.read()).data]).toEqual([1, 2]);
  await device.close();
});
