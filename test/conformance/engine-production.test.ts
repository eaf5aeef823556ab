// The engine at the size of real training, with the threads of real training: bits must not depend on either.

import { afterEach, describe, expect, test } from 'vitest';
import {
  arrayOf,
  foldIn,
  keyFromSeed,
  type NdArray,
  normal,
  randomBits,
} from '../../src/core/index.ts';
import { deriveLlamaConfig } from '../../src/nn/index.ts';
import { lowerProgram } from '../../src/tensor/backends/onnx/lower-program.ts';
import { TARGETS } from '../../src/tensor/backends/onnx/targets.ts';
import { type Device, openDevice, scatterAddRows } from '../../src/tensor/index.ts';
import { traceProgram } from '../../src/tensor/program.ts';
import { relativeError } from '../support/gradient-check.ts';
import { openOnnx, STANDARD } from '../support/open-onnx.ts';
import {
  initialParams,
  type Training,
  trainingProgram,
  trainLlama,
} from '../support/train-llama.ts';

const open: Device[] = [];
function opened(device: Device): Device {
  open.push(device);
  return device;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((device) => device.close()));
});

const bytes = ({ data }: NdArray) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

type Trained = Awaited<ReturnType<typeof trainLlama>>;

function expectSameBits(a: Trained, b: Trained): void {
  expect(a.losses).toEqual(b.losses);
  expect(a.norms).toEqual(b.norms);
  // The first moment after one step is a tenth of the gradient.
  a.firstMoments.forEach((m, i) => {
    expect(bytes(m).equals(bytes(b.firstMoments[i]!)), `moment ${i}`).toBe(true);
  });
  for (const [name, value] of a.params) {
    expect(bytes(value).equals(bytes(b.params.get(name)!)), name).toBe(true);
  }
}

const production: Training = {
  config: deriveLlamaConfig(
    { hiddenSize: 128, layers: 2, heads: 4 },
    { vocabSize: 10_004, contextLength: 256 },
  ),
  batch: 4,
  time: 256,
  steps: 1,
  dtype: 'float32',
};

test('a train step of d128 L2 H4 T256 B4 V10004 gives the same bits with one thread and two, and in another session', async () => {
  const params = initialParams(production);
  const train = (device: Device) => trainLlama(device, production, { params });
  const two = opened(openDevice({ threads: 2 }));
  const first = await train(two);
  expect(first.losses[0]!).toBeCloseTo(Math.log(10_004), 1);
  expect(first.norms[0]!).toBeGreaterThan(0);
  for (const m of first.firstMoments) {
    expect((m.data as Float32Array).some((v) => v !== 0)).toBe(true);
  }
  expectSameBits(await train(two), first);
  expectSameBits(await train(opened(openDevice({ threads: 1 }))), first);
});

describe('rows scattered onto few ids', () => {
  const [count, width, rows] = [4096, 128, 10_004];
  const updates = arrayOf('float32', [count, width], normal(keyFromSeed(8), count * width));

  test.each([1, 3, 50, 10_004])(
    '%d different ids: the float64 sum, twenty times the same bits',
    async (distinct) => {
      const chosen = Array.from(
        randomBits(foldIn(keyFromSeed(9), distinct), count),
        (b) => (b % distinct) * Math.floor(rows / distinct),
      );
      const ids = arrayOf('int32', [count], chosen);
      const expected = new Float64Array(rows * width);
      const scale = new Float64Array(rows * width);
      chosen.forEach((id, n) => {
        for (let c = 0; c < width; c++) {
          expected[id * width + c]! += updates.data[n * width + c] as number;
          scale[id * width + c]! += Math.abs(updates.data[n * width + c] as number);
        }
      });
      const program = await opened(openDevice({ threads: 2 })).compile({
        states: {},
        inputs: { ids, updates },
        build: (_states, { ids, updates }) => ({
          outputs: { sums: scatterAddRows(rows, ids, updates) },
        }),
      });
      let first: Buffer | undefined;
      for (let run = 0; run < 20; run++) {
        const { sums } = await program.run({}, { ids, updates }).read();
        first ??= bytes(sums);
        expect(bytes(sums).equals(first), `run ${run}`).toBe(true);
        if (run > 0) continue;
        const worst = expected.reduce(
          (error, sum, i) =>
            Math.max(error, Math.abs((sums.data[i] as number) - sum) / (scale[i]! || 1)),
          0,
        );
        expect(worst).toBeLessThan(1e-5);
      }
    },
  );
});

const medium: Training = {
  config: deriveLlamaConfig(
    { hiddenSize: 64, layers: 2, heads: 4, kvHeads: 2, attentionDropout: 0.1, embeddingStd: 0.3 },
    { vocabSize: 300, contextLength: 40 },
  ),
  batch: 4,
  time: 40,
  steps: 1,
  dtype: 'float32',
};

const CHUNKS = { attentionRows: 16, lossRows: 70 };

describe('lowering', () => {
  test.each(Object.values(TARGETS))('for $name never uses ScatterND, which races', (target) => {
    for (const training of [medium, production, { ...medium, dtype: 'float64' as const }]) {
      const { nodes } = lowerProgram(traceProgram(trainingProgram(training)), target, CHUNKS);
      const ops = nodes.map((node) => node.op);
      expect(ops.filter((op) => op.startsWith('ScatterND'))).toEqual([]);
      expect(ops).toContain('ScatterElements');
    }
  });

  test('for WebGPU uses standard operations only', () => {
    const { nodes } = lowerProgram(traceProgram(trainingProgram(medium)), TARGETS.webgpu);
    expect(nodes.filter((node) => node.domain !== '')).toEqual([]);
    // Not in the standard, though onnxruntime takes it from the default domain.
    expect(nodes.filter((node) => node.op === 'SimplifiedLayerNormalization')).toEqual([]);
    const fused = lowerProgram(traceProgram(trainingProgram(medium)), TARGETS.cpu).nodes;
    expect(new Set(fused.map((node) => node.domain))).toEqual(new Set(['', 'com.microsoft']));
  });

  test('for WebGPU, run on the CPU, gives the values of the fused operations', async () => {
    const standard = opened(openOnnx({ target: STANDARD, threads: 2, chunks: CHUNKS }));
    const expected = await trainLlama(opened(openOnnx({ threads: 2, chunks: CHUNKS })), medium);
    const found = await trainLlama(standard, medium);
    expect(relativeError(found.losses, expected.losses)).toBeLessThan(1e-5);
    expect(relativeError(found.norms, expected.norms)).toBeLessThan(1e-5);
    expected.firstMoments.forEach((m, i) => {
      const g = m.data as Float32Array;
      const largest = g.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
      const difference = (found.firstMoments[i]!.data as Float32Array).map(
        (v, k) => (v - g[k]!) / largest,
      );
      expect(
        difference.reduce((top, v) => Math.max(top, Math.abs(v)), 0),
        `gradient ${i}`,
      ).toBeLessThan(1e-5);
    });
  });
});
