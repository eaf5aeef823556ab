// Training in bfloat16: on XLA as the interpreter says, and near float32.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deriveLlamaConfig } from '../../src/nn/index.ts';
import { type Device, openDevice } from '../../src/tensor/index.ts';
import { hasXla, openXla } from '../support/open-xla.ts';
import { type Training, trainLlama } from '../support/train-llama.ts';

// Of one layer, since XLA takes seconds to compile a step.
const tiny: Training = {
  config: deriveLlamaConfig(
    { hiddenSize: 8, intermediateSize: 12, layers: 1, heads: 4, embeddingStd: 0.5 },
    { vocabSize: 17, contextLength: 7 },
  ),
  batch: 3,
  time: 7,
  steps: 10,
  dtype: 'float32',
};

const small: Training = {
  config: deriveLlamaConfig(
    { hiddenSize: 64, layers: 1, heads: 2 },
    { vocabSize: 257, contextLength: 64 },
  ),
  batch: 4,
  time: 64,
  steps: 40,
  dtype: 'float32',
};

/** The largest distance of two lists of losses, in nats. */
function distance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((loss, i) => Math.abs(loss - b[i]!)));
}

test('the interpreter trains in bfloat16, apart from float32 by no more than rounding', async () => {
  const whole = openDevice({ device: 'interpreter' });
  const rounded = openDevice({ device: 'interpreter', precision: 'bfloat16' });
  const [expected, found] = [await trainLlama(whole, tiny), await trainLlama(rounded, tiny)];
  await whole.close();
  await rounded.close();
  const apart = distance(found.losses, expected.losses);
  expect(apart).toBeGreaterThan(1e-5);
  expect(apart).toBeLessThan(0.02);
});

describe.skipIf(!hasXla)('on XLA', () => {
  let bfloat16: Device;
  beforeAll(() => {
    bfloat16 = openXla({}, 'bfloat16');
  });
  afterAll(() => bfloat16.close());

  test('losses and norms are those of the interpreter', async () => {
    const interpreter = openDevice({ device: 'interpreter', precision: 'bfloat16' });
    const expected = await trainLlama(interpreter, tiny);
    await interpreter.close();
    const found = await trainLlama(bfloat16, tiny);
    // A float32 beside a tie may round to the other side.
    expect(distance(found.losses, expected.losses)).toBeLessThan(1e-3);
  });

  test('parameters and moments stay float32, and losses follow those of float32', async () => {
    // onnxruntime has the float32 of XLA to 1e-4 (engine-training.test.ts), and compiles it in a tenth of the time.
    const device = openDevice({ threads: 1 });
    const whole = await trainLlama(device, small);
    await device.close();
    const found = await trainLlama(bfloat16, small);
    expect(distance(found.losses, whole.losses)).toBeLessThan(0.01);
    expect(found.losses.at(-1)!).toBeLessThan(found.losses[0]! - 0.5);
    const { params, optimizer } = found.snapshot;
    for (const { dtype } of [...Object.values(params), ...Object.values(optimizer)]) {
      expect(dtype).toBe('float32');
    }
    // More digits than a bfloat16 has.
    const data = Object.values(params)[0]!.data as Float32Array;
    expect(new Uint32Array(data.buffer.slice(0)).some((bits) => (bits & 0xffff) !== 0)).toBe(true);
  });
});
