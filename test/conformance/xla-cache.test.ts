// Compiled programs that are kept: found again by the same program, and as good as new.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrayOf, spec } from '../../src/core/index.ts';
import { openXlaBackend } from '../../src/tensor/backends/xla/session/xla-backend.ts';
import { Device, gradients, matmul, mul, sigmoid, sub, sum } from '../../src/tensor/index.ts';
import { hasXla, XLA_PLUGIN } from '../support/open-xla.ts';

const weights = spec('float32', [4, 4]);
const STEPS = 3;

describe.skipIf(!hasXla)('on XLA', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'xla-cache-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Steps of gradient descent, which overwrite their state. */
  async function descend(cacheFolder: string | null, rate = 0.1) {
    const device = new Device(
      openXlaBackend({
        name: 'xla:cpu',
        plugin: XLA_PLUGIN,
        cacheFolder,
        clientOptions: {},
        threads: 1,
      }),
    );
    try {
      const program = await device.compile({
        states: { w: weights },
        inputs: { x: spec('float32', [2, 4]) },
        build: ({ w }, { x }) => {
          const loss = sum(sigmoid(matmul(sigmoid(matmul(x, w)), w)));
          const [slope] = gradients(loss, [w]);
          return { outputs: loss, updates: { w: sub(w, mul(slope!, rate)) } };
        },
      });
      const w = await device.createState(
        arrayOf(
          'float32',
          [4, 4],
          Array.from({ length: 16 }, (_, i) => Math.sin(i)),
        ),
      );
      const x = arrayOf('float32', [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
      const losses: number[] = [];
      for (let step = 0; step < STEPS; step++) {
        losses.push(Number((await program.run({ w }, { x }).read()).data[0]));
      }
      const { isCached, peakBytes, compileSeconds } = program.facts;
      expect(compileSeconds).toBeGreaterThan(0);
      return { isCached, peakBytes, losses, w: (await w.read()).data };
    } finally {
      await device.close();
    }
  }

  const entries = () => readdirSync(folder).filter((name) => name.endsWith('.pjrt'));

  test('the same program is compiled once, and computes the same bits', async () => {
    const { isCached, ...fresh } = await descend(null);
    expect(isCached).toBe(false);
    expect(fresh.losses[2]).toBeLessThan(fresh.losses[0]!);
    expect(fresh.peakBytes).toBeGreaterThan(0);
    expect(await descend(folder)).toEqual({ isCached: false, ...fresh });
    expect(entries()).toHaveLength(1);
    expect(await descend(folder)).toEqual({ isCached: true, ...fresh });
    expect((await descend(folder, 0.2)).isCached).toBe(false);
    expect(entries()).toHaveLength(2);

    // A damaged entry is none, and is replaced.
    for (const name of entries()) {
      const file = path.join(folder, name);
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(file, bytes);
    }
    expect(await descend(folder)).toEqual({ isCached: false, ...fresh });
    expect(await descend(folder)).toEqual({ isCached: true, ...fresh });
  });
});
