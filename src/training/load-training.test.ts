// Recipes as they are written, loaded and checked; those that come with the package among them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listRecipes, loadOverlay } from '../run/load-recipe.ts';
import { loadTraining } from './load-training.ts';
import { prepare, tryTraining } from './prepare.ts';
import { listStages } from './recipe.ts';
import { REGISTRIES } from './registries.ts';
import { listSources, openShippedSource } from './shipped-source.ts';

const load = (name: string, settings: string[] = []) => loadTraining(name, settings, REGISTRIES);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-training-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the small recipe trains in the world of the source that comes with the package', async () => {
  const { model, stages } = await load('nca-text');
  const { recipe } = openShippedSource('nca-dynamics', REGISTRIES);
  expect(recipe.model).toEqual(model);
  expect(recipe.stages.source!.data).toEqual(stages.source!.data);
  expect(recipe.stages.source!.contextLength).toBe(stages.source!.contextLength);
});

test('a shipped source can be trained again: the recipe of its name is the one that it came from', async () => {
  expect(listSources()).toEqual(['nca-dynamics']);
  for (const name of listSources()) {
    const { model, stages, seed } = openShippedSource(name, REGISTRIES).recipe;
    expect(await load(name)).toMatchObject({ model, stages, seed });
  }
});

describe('--set', () => {
  test('unknown and wrong keys are refused by name', async () => {
    await expect(load('nca-tiny', ['stages.text.stepz=1'])).rejects.toMatchObject({
      message: "nca-tiny: unknown key 'stepz' in stages.text",
      hint: "did you mean 'steps'?",
    });
    await expect(load('nca-tiny', ['stages.text.steps=lots'])).rejects.toThrow('stages.text.steps');
    await expect(load('nca-tiny', ['seed.x=1'])).rejects.toThrow('seed');
    await expect(load('nca-tiny', ['stages.text..steps=1'])).rejects.toThrow("unknown key ''");
  });

  test('a file that is no recipe of a run is refused by name', async () => {
    const file = path.join(folder, 'key.json');
    writeFileSync(file, '{"txet": {}}');
    await expect(load(file)).rejects.toThrow(/key\.json: unknown key 'txet'/);
    await expect(load('drq-tiny')).rejects.toThrow('drq-tiny is an arms race, not a training run');
    await expect(load('quickstart')).rejects.toMatchObject({ hint: 'primordia study quickstart' });
  });
});

const kinds = await Promise.all(
  listRecipes().map(async (name) => [name, (await loadOverlay(name, [])).kind] as const),
);
const shipped = kinds.flatMap(([name, kind]) => (kind === undefined ? [name] : []));

describe('shipped recipes', () => {
  test('are those that the documentation names', () => {
    const tasks = ['retrieval', 'copy', 'stack', 'recall', 'modular', 'chars', 'mnist'];
    const named = tasks.flatMap((task) => [`smt-${task}`, `bptt-${task}`]);
    expect(shipped).toEqual(expect.arrayContaining([...named, 'nca-small', 'text-scratch']));
  });

  test.each(shipped)('%s can be run', async (name) => {
    const recipe = await load(name);
    expect(recipe.name).toBe(name);
    expect(recipe.description).not.toBe('');
    const tried = tryTraining(recipe, { registries: REGISTRIES });
    if (/mnist/.test(name)) {
      await expect(tried).rejects.toThrow('data.file is missing: nothing is downloaded');
    } else if (name === 'nca-paper') {
      // Whether it fits is up to the machine.
      const misfit = await tried.catch((error: Error) => error.message);
      if (misfit !== undefined) expect(misfit).toMatch(/parameters takes .* GiB to train/);
    } else await tried;
  });

  test.each(shipped.filter((name) => name.startsWith('bptt-')))(
    '%s takes as many steps of as many sequences as its twin, with the same network',
    async (name) => {
      const [unrolled, taught] = await Promise.all([load(name), load(name.replace('bptt', 'smt'))]);
      const steps = listStages(taught).map((stage) => stage.steps);
      expect(listStages(unrolled)[0]!.steps).toBe(steps[0]! + steps[1]!);
      for (const key of ['data', 'model', 'contextLength', 'batchSize', 'rollout'] as const) {
        expect(unrolled[key], key).toEqual(taught[key]);
      }
      if (/mnist|chars/.test(name)) return;
      const options = { registries: REGISTRIES, directory: null };
      const [a, b] = await Promise.all([prepare(unrolled, options), prepare(taught, options)]);
      const [bptt] = a.stages;
      const [smt, dmt] = b.stages;
      expect(bptt!.description).toEqual(dmt!.description);
      // The same sequences in the same order, through both stages.
      expect([bptt!.firstBatch, smt!.firstBatch, dmt!.firstBatch]).toEqual([0, 0, steps[0]]);
      expect(await bptt!.data.batch(3)).toEqual(await smt!.data.batch(3));
      const later = dmt!.firstBatch + 3;
      expect(await bptt!.data.batch(later)).toEqual(await dmt!.data.batch(later));
      await Promise.all([a.close(), b.close()]);
    },
  );
});
