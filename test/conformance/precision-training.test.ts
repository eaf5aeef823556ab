// Training in bfloat16: on XLA as the interpreter says, and near float32. More of it: test/full/xla-precision.test.ts.

import { expect, test } from 'vitest';
import { openDevice } from '../../src/tensor/index.ts';
import { hasXla, openXla } from '../support/open-xla.ts';
import { lossDistance, tinyTraining } from '../support/precision-training.ts';
import { trainLlama } from '../support/train-llama.ts';

// Of one layer, since XLA takes seconds to compile a step.
const TINY = tinyTraining(1);

test('the interpreter trains in bfloat16, apart from float32 by no more than rounding', async () => {
  const whole = openDevice({ device: 'interpreter' });
  const rounded = openDevice({ device: 'interpreter', precision: 'bfloat16' });
  const [expected, found] = [await trainLlama(whole, TINY), await trainLlama(rounded, TINY)];
  await whole.close();
  await rounded.close();
  const apart = lossDistance(found.losses, expected.losses);
  expect(apart).toBeGreaterThan(1e-5);
  expect(apart).toBeLessThan(0.02);
});

test.skipIf(!hasXla)(
  'on XLA losses are those of the interpreter, parameters and moments stay float32',
  async () => {
    const interpreter = openDevice({ device: 'interpreter', precision: 'bfloat16' });
    const expected = await trainLlama(interpreter, TINY);
    await interpreter.close();
    const xla = openXla({}, 'bfloat16');
    const found = await trainLlama(xla, TINY);
    await xla.close();
    // A float32 beside a tie may round to the other side.
    expect(lossDistance(found.losses, expected.losses)).toBeLessThan(1e-3);
    const { params, optimizer } = found.snapshot;
    for (const { dtype } of [...Object.values(params), ...Object.values(optimizer)]) {
      expect(dtype).toBe('float32');
    }
    // More digits than a bfloat16 has.
    const data = Object.values(params)[0]!.data as Float32Array;
    expect(new Uint32Array(data.buffer.slice(0)).some((bits) => (bits & 0xffff) !== 0)).toBe(true);
  },
);
