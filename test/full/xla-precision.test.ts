// A recipe in bfloat16 on XLA ends near the same recipe in float32, and its checkpoints are float32.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readSafetensorsHeader } from '../../src/files/index.ts';
import { startCommand, withFolder, writeTinyProject } from '../support/command-line.ts';
import { hasXla, XLA_PLUGIN } from '../support/open-xla.ts';

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
