// Training spread over the devices of a mesh, against one device: losses, parameters, checkpoints, memory.

import { beforeAll, describe, expect, test } from 'vitest';
import { deriveLlamaConfig, type ModelOptions } from '../../src/nn/index.ts';
import type { Device } from '../../src/tensor/index.ts';
import { relativeError } from '../support/gradient-check.ts';
import { hasXla, openXla } from '../support/open-xla.ts';
import { type Training, trainingProgram, trainLlama } from '../support/train-llama.ts';

const STEPS = 4;

function small(options: ModelOptions = {}): Training {
  return {
    config: deriveLlamaConfig(
      { hiddenSize: 32, intermediateSize: 48, layers: 1, heads: 4, ...options },
      { vocabSize: 66, contextLength: 8 },
    ),
    batch: 8,
    time: 8,
    steps: STEPS,
    dtype: 'float32',
  };
}

async function on<T>(
  [data, model, shard]: readonly [number, number, boolean],
  use: (device: Device) => Promise<T>,
  ...[options, precision]: Parameters<typeof openXla>
): Promise<T> {
  const device = openXla({ ...options, spread: { mesh: { data, model }, shard } }, precision);
  try {
    return await use(device);
  } finally {
    await device.close();
  }
}

describe.skipIf(!hasXla)('on a mesh', () => {
  let alone: Awaited<ReturnType<typeof trainLlama>>;
  beforeAll(async () => {
    alone = await on([1, 1, false], (device) => trainLlama(device, small()));
  });

  test.each<[string, [number, number, boolean]]>([
    ['two by data', [2, 1, false]],
    ['two by data, sharded', [2, 1, true]],
    ['two by model', [1, 2, false]],
    ['eight by data', [8, 1, false]],
    ['four by data and two by model, sharded', [4, 2, true]],
  ])('%s: losses are those of one device', async (_, mesh) => {
    const found = await on(mesh, (device) => trainLlama(device, small()));
    alone.losses.forEach((loss, step) => {
      expect(Math.abs(found.losses[step]! - loss), `step ${step}`).toBeLessThan(1e-5);
    });
    expect(relativeError(found.norms, alone.norms)).toBeLessThan(1e-4);
    for (const [name, { data, shape }] of alone.params) {
      expect(found.params.get(name)!.shape).toEqual(shape);
      const own = found.params.get(name)!.data as Float32Array;
      expect(relativeError(own, data as Float32Array), name).toBeLessThan(1e-3);
    }
  });

  test('a checkpoint of one mesh goes on on another', async () => {
    const half = await on([2, 1, true], (device) =>
      trainLlama(device, { ...small(), steps: STEPS / 2 }),
    );
    const rest = await on([1, 2, false], (device) =>
      trainLlama(device, small(), { first: STEPS / 2, snapshot: half.snapshot }),
    );
    [...half.losses, ...rest.losses].forEach((loss, step) => {
      expect(Math.abs(loss - alone.losses[step]!), `step ${step}`).toBeLessThan(1e-5);
    });
  });

  test('parts of a batch are spread too', async () => {
    const found = await on([2, 1, true], (device) =>
      trainLlama(device, { ...small(), accumulate: 2 }),
    );
    alone.losses.forEach((loss, step) => {
      expect(Math.abs(found.losses[step]! - loss), `step ${step}`).toBeLessThan(1e-5);
    });
  });

  test('attention and loss in pieces are spread too', async () => {
    const found = await on([2, 2, true], (device) => trainLlama(device, small()), {
      blocks: { attentionRows: 3, lossRows: 24, fusesAttention: false },
    });
    alone.losses.forEach((loss, step) => {
      expect(Math.abs(found.losses[step]! - loss), `step ${step}`).toBeLessThan(1e-5);
    });
  });

  test('bfloat16 is that of one device, but for the rounding of sums', async () => {
    const rounded = (mesh: [number, number, boolean]) =>
      on(mesh, (device) => trainLlama(device, small()), {}, 'bfloat16');
    const [one, spread] = [await rounded([1, 1, false]), await rounded([2, 1, true])];
    one.losses.forEach((loss, step) => {
      expect(loss, `step ${step}`).not.toBe(alone.losses[step]);
      expect(Math.abs(spread.losses[step]! - loss), `step ${step}`).toBeLessThan(1e-3);
    });
  });

  test('a device takes less memory where parameters are spread', async () => {
    const training = { ...small({ hiddenSize: 128, intermediateSize: 384 }), batch: 2 };
    const bytesOn = (mesh: [number, number, boolean]) =>
      on(mesh, async (device) => {
        const { facts } = await device.compile(trainingProgram(training, { apart: true }));
        return facts.peakBytes!;
      });
    const [one, spread, sharded] = [
      await bytesOn([1, 1, false]),
      await bytesOn([2, 1, false]),
      await bytesOn([2, 1, true]),
    ];
    expect(sharded).toBeLessThan(0.6 * spread);
    expect(sharded).toBeLessThan(one);
  });
});
