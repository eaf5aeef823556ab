// The two builds of onnxruntime that a device may compute with.

import { expect, test } from 'vitest';
import { deriveLlamaConfig } from '../../src/nn/index.ts';
import { type DeviceOptions, openDevice } from '../../src/tensor/index.ts';
import { type Training, trainLlama } from '../support/train-llama.ts';

const TRAINING: Training = {
  config: deriveLlamaConfig(
    { hiddenSize: 16, layers: 1, heads: 2, embeddingStd: 0.5 },
    { vocabSize: 17, contextLength: 12 },
  ),
  batch: 3,
  time: 12,
  steps: 5,
  dtype: 'float32',
};

async function train(runtime: NonNullable<DeviceOptions['runtime']>) {
  const device = openDevice({ threads: 1, runtime });
  try {
    return { info: await device.runtime(), ...(await trainLlama(device, TRAINING)) };
  } finally {
    await device.close();
  }
}

test('WebAssembly trains as the native build does, to rounding', async () => {
  const [native, wasm] = [await train('native'), await train('wasm')];
  expect(native.info).toEqual({ kind: 'native', version: wasm.info.version });
  expect(wasm.info).toEqual({ kind: 'wasm', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  expect(wasm.losses.at(-1)).toBeLessThan(wasm.losses[0]!);
  for (const [step, loss] of native.losses.entries()) {
    expect(Math.abs(wasm.losses[step]! - loss)).toBeLessThan(1e-4 * loss);
  }
  for (const [name, { data }] of native.params) {
    const other = wasm.params.get(name)!.data;
    const differences = Array.from(data as Float32Array, (value, i) =>
      Math.abs(value - Number(other[i])),
    );
    expect(Math.max(...differences), name).toBeLessThan(1e-3);
  }
});
