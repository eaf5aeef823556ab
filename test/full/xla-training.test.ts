// The same recipes on onnxruntime and on XLA: runs end within a thousandth of a nat of one another.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMetrics } from '../../src/run/metrics.ts';
import { runPaths } from '../../src/run/run-folder.ts';
import { parseRecipe, REGISTRIES, startTraining } from '../../src/training/index.ts';
import { hasXla, XLA_PLUGIN } from '../support/open-xla.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-xla-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COMMON = { contextLength: 60, batchSize: 8, heldOutSequences: 32, rollout: { sequences: 2 } };
const NCA = { kind: 'nca', colors: 2, grid: 4, patch: 1, burnIn: 2, band: { kind: 'none' } };
const STEPS = { steps: 80, evaluateEvery: 20, optimizer: { learningRate: 3e-3 } };
const MEMORY = { hiddenSize: 16, memoryTokens: 2, decoderLayers: 1 };

const RECIPES: Readonly<Record<string, object>> = {
  'a Llama on NCA': {
    model: { kind: 'llama', hiddenSize: 32, layers: 2, heads: 2 },
    data: NCA,
    stages: { source: { algorithm: { kind: 'next-token' }, ...STEPS } },
  },
  'a Llama on NCA that the device draws': {
    model: { kind: 'llama', hiddenSize: 32, layers: 2, heads: 2 },
    data: { ...NCA, drawOn: 'device' },
    stages: { source: { algorithm: { kind: 'next-token' }, ...STEPS } },
  },
  'a GRU by BPTT': {
    model: { kind: 'gru', ...MEMORY },
    data: NCA,
    // At three times this rate, one that is larger by a millionth moves the end by .0045 nats on one backend.
    stages: {
      source: { algorithm: { kind: 'next-token' }, ...STEPS, optimizer: { learningRate: 1e-3 } },
    },
  },
  'SMT, then DMT': {
    model: { kind: 'gru', ...MEMORY },
    data: { kind: 'retrieval' },
    contextLength: 16,
    stages: {
      smt: { algorithm: { kind: 'smt', encoderLayers: 1 }, ...STEPS },
      dmt: { algorithm: { kind: 'dmt', every: 4 }, start: { keep: 'all' }, ...STEPS },
    },
  },
};

describe.skipIf(!hasXla)('on both backends', () => {
  test.each(Object.keys(RECIPES))('%s ends alike', async (name) => {
    const curves: number[][] = [];
    for (const device of ['cpu', `xla:${XLA_PLUGIN}`]) {
      const directory = path.join(folder, `${curves.length} ${name}`);
      const recipe = parseRecipe(
        { ...COMMON, name: 'x', engine: { device, threads: 1 }, ...RECIPES[name] },
        'x.json',
        REGISTRIES,
      );
      await startTraining(recipe, { directory, registries: REGISTRIES });
      curves.push(
        readMetrics(runPaths(directory).metrics).flatMap(({ heldOutLoss }) =>
          typeof heldOutLoss === 'number' ? [heldOutLoss] : [],
        ),
      );
    }
    const [onnx, xla] = curves as [number[], number[]];
    expect(xla).toHaveLength(onnx.length);
    onnx.forEach((loss, i) => {
      expect(Math.abs(xla[i]! - loss), `evaluation ${i}`).toBeLessThan(1e-3);
    });
    expect(onnx.at(-1)!).toBeLessThan(onnx[0]! - 0.02);
  });
});
