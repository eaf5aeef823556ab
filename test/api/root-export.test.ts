// What `primordia` itself exports: enough to define a world and to train on it, without a file and without side effects.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  addPlugin,
  createTaskWorld,
  defineWorld,
  KINDS,
  loadRecipeKinds,
  loadTraining,
  parseRecipe,
  resumeTraining,
  startTraining,
} from '../../dist/index.js';
import { runInNode, withFolder } from '../support/command-line.ts';

/** The first token, again at the end. */
const echo = defineWorld({
  kind: 'echo',
  source: 'a test',
  description: 'The first token, again at the end.',
  contextLength: 5,
  options: z.strictObject({ symbols: z.int().min(2).default(3).describe('Different symbols.') }),
  create: ({ symbols }, { sequenceLength }) =>
    createTaskWorld({
      name: 'echo',
      description: `echo of one of ${symbols}`,
      options: { symbols, sequenceLength },
      vocabSize: symbols,
      learnable: 'fixed',
      freshRules: false,
      firstTarget: sequenceLength - 1,
      sample: () => null,
      draw: (_, key) => new Int32Array(sequenceLength).fill(Math.abs(key[0]) % symbols),
      targets: (tokens) => Uint8Array.from(tokens, (_, i) => Number(i === tokens.length - 1)),
    }),
});

test('a program trains on a world of its own and resumes', async () => {
  const registries = addPlugin({ worlds: [echo] });
  expect(KINDS.worlds).not.toHaveProperty('echo');
  const recipe = parseRecipe(
    {
      name: 'echoes',
      model: { kind: 'gru', hiddenSize: 8, memoryTokens: 1, decoderLayers: 1 },
      data: { kind: 'echo', symbols: 2 },
      heldOutSequences: 8,
      rollout: { sequences: 8 },
      stages: { learn: { steps: 40, optimizer: { learningRate: 1e-2 } } },
      engine: { threads: 1 },
    },
    'a test',
    registries,
  );
  await withFolder(async (folder) => {
    const directory = path.join(folder, 'run');
    const losses: number[] = [];
    const { stages } = await startTraining(recipe, {
      directory,
      registries,
      listener: (event) => event.kind === 'evaluation' && losses.push(event.heldOutLoss),
    });
    expect(stages[0]).toMatchObject({ name: 'learn', steps: 40, finished: true });
    // The token before the last one is the answer.
    expect(losses[0]).toBeGreaterThan(0.5);
    expect(stages[0]!.loss).toBeLessThan(0.2);
    expect(existsSync(path.join(directory, 'summary.json'))).toBe(true);
    const again = await resumeTraining({ directory, registries });
    expect(again.stages[0]!.loss).toBe(stages[0]!.loss);
  });
});

test('a kind that there is already is refused', () => {
  expect(() => addPlugin({ worlds: [{ ...echo, kind: 'dyck' }] })).toThrow(
    "the plugin of this program defines the world 'dyck', which comes with the package",
  );
});

test('a shipped recipe is loaded with the kinds that it may name', async () => {
  const settings = ['stages.source.steps=3'];
  const { registries, records } = await loadRecipeKinds('nca-tiny', settings);
  expect(records).toEqual([]);
  const recipe = await loadTraining('nca-tiny', settings, registries);
  expect(recipe.stages.source).toMatchObject({ steps: 3, data: { kind: 'nca' } });
});

test('importing it loads no runtime, starts no thread and leaves no global behind', () => {
  const { stdout, stderr, code } = runInNode(`
    import { createRequire } from 'node:module';
    const before = new Set(Object.getOwnPropertyNames(globalThis));
    const primordia = await import('primordia');
    // zod keeps its registry there.
    const isOurs = (name) => !before.has(name) && !name.startsWith('__zod');
    const added = Object.getOwnPropertyNames(globalThis).filter(isOurs);
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => /onnxruntime/.test(file));
    console.log(JSON.stringify([added, loaded, process.getActiveResourcesInfo(), Object.keys(primordia)]));
  `);
  expect([code, stderr]).toEqual([0, '']);
  const [added, loaded, resources, names] = JSON.parse(stdout) as string[][];
  expect(added).toEqual([]);
  expect(loaded).toEqual([]);
  expect(resources!.filter((what) => /worker|timeout/i.test(what))).toEqual([]);
  for (const name of ['defineWorld', 'defineModel', 'defineAlgorithm', 'startTraining']) {
    expect(names).toContain(name);
  }
});

test('the manifest leads to it', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { exports: Record<string, { types: string; default: string }> };
  expect(manifest.exports['.']).toEqual({
    types: './dist/index.d.ts',
    default: './dist/index.js',
  });
});
