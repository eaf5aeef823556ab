// Training in bfloat16 on XLA is as the interpreter says, and near float32; a recipe ends near the same recipe in float32, and its
// checkpoints are float32.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readSafetensorsHeader } from '../../src/files/index.ts';
import { deriveLlamaConfig } from '../../src/nn/index.ts';
import { openDevice } from '../../src/tensor/index.ts';
import { startCommand, withFolder, writeTinyProject } from '../support/command-line.ts';
import { hasXla, openXla, XLA_PLUGIN } from '../support/open-xla.ts';
import { lossDistance, tinyTraining } from '../support/precision-training.ts';
import { type Training, trainLlama } from '../support/train-llama.ts';

const SMALL: Training = {
  config: deriveLlamaConfig(
    { hiddenSize: 64, layers: 2, heads: 2 },
    { vocabSize: 257, contextLength: 64 },
  ),
  batch: 4,
  time: 64,
  steps: 40,
  dtype: 'float32',
};

test.skipIf(!hasXla)('losses of two layers are those of the interpreter', async () => {
  const interpreter = openDevice({ device: 'interpreter', precision: 'bfloat16' });
  const expected = await trainLlama(interpreter, tinyTraining(2));
  await interpreter.close();
  const xla = openXla({}, 'bfloat16');
  const found = await trainLlama(xla, tinyTraining(2));
  await xla.close();
  expect(lossDistance(found.losses, expected.losses)).toBeLessThan(1e-3);
});

test.skipIf(!hasXla)('losses follow those of float32 at d64 L2 T64, vocabulary 257', async () => {
  const [float32, bfloat16] = [openXla(), openXla({}, 'bfloat16')];
  const whole = await trainLlama(float32, SMALL);
  const found = await trainLlama(bfloat16, SMALL);
  await Promise.all([float32.close(), bfloat16.close()]);
  expect(lossDistance(found.losses, whole.losses)).toBeLessThan(0.01);
  expect(found.losses.at(-1)!).toBeLessThan(found.losses[0]! - 0.5);
});

/** Nats of held-out loss at the end of each stage. */
const NEAR = 0.01;

test.skipIf(!hasXla)('a source stage, a transfer and a text', () =>
  withFolder(async (folder) => {
    writeTinyProject(folder, { engine: { device: `xla:${XLA_PLUGIN}` } });
    const train = async (precision: string) => {
      const set = ['--set', `engine.precision=${precision}`];
      const args = ['train', 'tiny.json', '--out', precision, ...set];
      const { code, stderr } = await startCommand(args, { cwd: folder });
      expect(stderr).toBe('');
      expect(code).toBe(0);
      const file = path.join(folder, precision, 'summary.json');
      return JSON.parse(readFileSync(file, 'utf8')).stages as { name: string; loss: number }[];
    };
    const [whole, rounded] = [await train('float32'), await train('bfloat16')];
    expect(rounded).toHaveLength(2);
    rounded.forEach(({ name, loss }, i) => {
      expect(loss, name).not.toBe(whole[i]!.loss);
      expect(Math.abs(loss - whole[i]!.loss), name).toBeLessThan(NEAR);
    });
    const files = readdirSync(path.join(folder, 'bfloat16'), { recursive: true, encoding: 'utf8' });
    const arrays = files.filter((file) => file.endsWith('.safetensors'));
    expect(arrays.length).toBeGreaterThan(0);
    for (const file of arrays) {
      const { entries } = readSafetensorsHeader(path.join(folder, 'bfloat16', file));
      expect(new Set(entries.map(({ dtype }) => dtype)), file).toEqual(new Set(['F32']));
    }
  }),
);

test.skipIf(!hasXla)('onnxruntime refuses it, and says what has it', () =>
  withFolder(async (folder) => {
    writeTinyProject(folder, { engine: { precision: 'bfloat16' } });
    const { code, stderr } = await startCommand(['train', 'tiny.json', '--out', 'run'], {
      cwd: folder,
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain("the device 'cpu' computes by onnxruntime, which has no bfloat16");
    expect(stderr).toContain('xla:cuda');
  }),
);
