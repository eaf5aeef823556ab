// Recipes and studies as they are written, shipped ones among them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFromSeed } from '../core/index.ts';
import { listRecipes, loadOverlay } from '../run/load-recipe.ts';
import { prepareRecurrent, stageBatch, stageTime } from './prepare.ts';
import { parseRecurrentRecipe, type RecurrentRecipe } from './recipe.ts';
import { describeStep } from './stage-facts.ts';
import { loadRecurrentStudy } from './study/load-study.ts';
import { planRuns, planTuning } from './study/plan-study.ts';
import { parseRecurrentStudy } from './study/study-recipe.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-recurrent-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = async (name: string): Promise<RecurrentRecipe> =>
  parseRecurrentRecipe(await loadOverlay(name, []), name);
const prepare = (recipe: RecurrentRecipe) =>
  prepareRecurrent(recipe, folder, keyFromSeed(recipe.seed));

const shipped = listRecipes().filter((name) => /^(smt|bptt)-(?!vs-)/.test(name));

describe('shipped recipes', () => {
  test('are those that the documentation names', () => {
    const tasks = ['retrieval', 'copy', 'stack', 'recall', 'modular', 'chars', 'mnist'];
    const named = tasks.flatMap((task) => [`smt-${task}`, `bptt-${task}`]);
    expect(shipped).toEqual(expect.arrayContaining(named));
  });

  test.each(shipped)('%s holds', async (name) => {
    const recipe = await load(name);
    expect(recipe.name).toBe(name);
    expect(recipe.description).not.toBe('');
    if (recipe.task.kind === 'images') {
      expect(() => prepare(recipe)).toThrow('task.file is missing: nothing is downloaded');
    } else expect(prepare(recipe).config.hiddenSize).toBeGreaterThan(0);
  });

  test.each(shipped.filter((name) => name.startsWith('bptt-')))(
    '%s takes as many steps of as many sequences as its twin, with the same network',
    async (name) => {
      const [unrolled, taught] = await Promise.all([load(name), load(name.replace('bptt', 'smt'))]);
      expect(unrolled.bptt!.steps).toBe(taught.smt!.steps + taught.dmt!.steps);
      for (const key of ['task', 'model', 'contextLength', 'batchSize', 'rollout'] as const) {
        expect(unrolled[key], key).toEqual(taught[key]);
      }
      if (taught.task.kind === 'images') return;
      const [a, b] = [prepare(unrolled), prepare(taught)];
      expect(describeStep(a, 'bptt').parameters).toBe(describeStep(b, 'dmt').parameters);
      // The same sequences in the same order, through both stages.
      const steps = taught.smt!.steps;
      expect(stageBatch(a, 'bptt', 3)).toEqual(stageBatch(b, 'smt', 3));
      expect(stageBatch(a, 'bptt', steps + 3)).toEqual(stageBatch(b, 'dmt', 3));
      expect(stageTime(b, 'dmt')).toBe(stageTime(a, 'bptt'));
    },
  );
});

describe('a recipe', () => {
  const task = { kind: 'copy' };
  const base = { kind: 'recurrent', name: 'x', task };

  test.each<[string, object, string]>([
    ['no algorithm', {}, 'neither smt nor bptt'],
    ['both', { smt: {}, bptt: {} }, 'both smt and bptt'],
    ['DMT without SMT', { bptt: {}, dmt: {} }, 'dmt comes after smt'],
    ['an unknown task', { smt: {}, task: { kind: 'copi' } }, 'task'],
    ['a misspelt key', { smt: { weights: { dynamic: 1 } } }, "unknown key 'dynamic'"],
  ])('with %s is refused', (_, changes, message) => {
    expect(() => parseRecurrentRecipe({ ...base, ...changes }, 'x.json')).toThrow(message);
  });

  test('whose sequences the task does not have is refused before anything is written', () => {
    const recipe = parseRecurrentRecipe({ ...base, smt: {}, contextLength: 9 }, 'x');
    expect(() => prepare(recipe)).toThrow('sequenceLength is 10');
    const longer = parseRecurrentRecipe({ ...base, smt: {}, rollout: { length: 9 } }, 'x');
    expect(() => prepare(longer)).toThrow('sequenceLength is 10');
  });
});

describe('depth', () => {
  const prepareAt = (contextLength: number, changes: object) =>
    prepare(
      parseRecurrentRecipe(
        {
          ...{ kind: 'recurrent', name: 'x', task: { kind: 'retrieval' }, contextLength },
          model: { hiddenSize: 8, encoderLayers: 1, decoderLayers: 1, cellLayers: 1 },
          ...changes,
        },
        'x',
      ),
    );

  test('of SMT is flat; of DMT the rollout grows, at a cell a token; BPTT there and back', () => {
    const taught = { smt: {}, dmt: { every: 4 } };
    const depth = (time: number, stage: 'smt' | 'dmt' | 'bptt') =>
      describeStep(prepareAt(time, stage === 'bptt' ? { bptt: {} } : taught), stage).depth;
    expect(depth(16, 'smt')).toBe(depth(8, 'smt'));
    const rollout = (depth(16, 'dmt') - depth(8, 'dmt')) / 8;
    const unrolled = (depth(16, 'bptt') - depth(8, 'bptt')) / 8;
    expect(rollout).toBeGreaterThan(5);
    expect(unrolled).toBeGreaterThan(2 * rollout);
    expect(depth(16, 'dmt')).toBeLessThan(depth(16, 'bptt'));
  });
});

describe('a study', () => {
  const stage = { steps: 7 };
  const written = {
    kind: 'recurrent-study',
    name: 's',
    seeds: [3, 5],
    base: { model: { hiddenSize: 8 }, smt: stage, dmt: { steps: 2, every: 2 } },
    tasks: { copy: { task: { kind: 'copy' } }, parity: { task: { kind: 'parity' } } },
    lengths: { 4: {}, 8: { smt: { steps: 9 } } },
    algorithms: { smt: {}, bptt: { smt: null, dmt: null, bptt: {} } },
    tuning: { algorithms: ['bptt'], learningRates: [0.1, 0.2], seeds: [9] },
  };
  const study = parseRecurrentStudy(written, 's');

  test('has one run a cell and seed, seed after seed, and rates under seeds of their own', () => {
    const runs = planRuns(study, () => null);
    expect(runs).toHaveLength(2 * 2 * 2 * 2);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
    expect(runs.map(({ seed }) => seed)).toEqual(runs.map(({ seed }) => seed).sort());
    const tried = planTuning(study);
    expect(tried).toHaveLength(2 * 2 * 2);
    expect(new Set(tried.map(({ recipe }) => recipe.bptt!.optimizer.learningRate))).toEqual(
      new Set([0.1, 0.2]),
    );
    expect(tried.every(({ seed, algorithm }) => seed === 9 && algorithm === 'bptt')).toBe(true);
  });

  test('gives BPTT the steps of both stages, the cell its length, and a tuned cell its rate', () => {
    const runs = planRuns(study, ({ algorithm, length }) =>
      algorithm === 'bptt' && length === 8 ? 0.2 : null,
    );
    const find = (id: string) => runs.find((run) => run.id === id)!.recipe;
    expect(find('runs/copy/4/bptt/seed-3')).toMatchObject({
      contextLength: 4,
      seed: 3,
      bptt: { steps: 9, optimizer: { learningRate: 1e-3 } },
    });
    expect(find('runs/copy/8/bptt/seed-5').bptt).toMatchObject({
      steps: 11,
      optimizer: { learningRate: 0.2 },
    });
    expect(find('runs/parity/8/smt/seed-5')).toMatchObject({
      task: { kind: 'parity' },
      smt: { steps: 9 },
      dmt: { steps: 2 },
    });
  });

  test.each<[string, object, string]>([
    ['a seed that rates are chosen on', { seeds: [9] }, 'seed 9 stands in seeds and in tuning'],
    ['an unknown baseline', { baseline: 'bptt2' }, "no algorithm is called 'bptt2'"],
    ['no rates', { tuning: { algorithms: ['bptt'] } }, 'tuning.learningRates is empty'],
    ['no tasks', { tasks: {} }, 'tasks is empty'],
    ['a length that is none', { lengths: { long: {} } }, 'lengths'],
    ['a misspelt key', { length: {} }, "unknown key 'length'"],
  ])('with %s is refused', (_, changes, message) => {
    expect(() => parseRecurrentStudy({ ...written, ...changes }, 's')).toThrow(message);
  });

  test.each(['seed', 'contextLength', 'name'])('whose base has a %s is refused', (key) => {
    const base = { ...written.base, [key]: key === 'name' ? 'y' : 4 };
    const idle = parseRecurrentStudy({ ...written, base }, 's');
    expect(() => planRuns(idle, () => null)).toThrow(`${key} has no effect in a study`);
  });

  test('of the shipped name holds, and its rates are chosen on other seeds', async () => {
    const found = (await loadRecurrentStudy('smt-vs-bptt'))!;
    expect(found.seeds).toHaveLength(5);
    expect(Object.keys(found.tasks)).toEqual(['retrieval', 'copy', 'stack']);
    expect(Object.keys(found.lengths)).toHaveLength(3);
    for (const { recipe, task } of planRuns(found, () => null)) {
      expect(recipe.task.kind).toBe(task);
      prepare(recipe);
    }
    expect(await loadRecurrentStudy('smt-copy')).toBeNull();
  });
});
