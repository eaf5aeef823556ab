import { describe, expect, test } from 'vitest';
import { planStudy, type StudyJob } from './plan-study.ts';
import { parseStudy } from './study-recipe.ts';

const study = parseStudy(
  {
    name: 's',
    seeds: [3, 5],
    base: { model: { hiddenSize: 32 }, source: { steps: 7 }, text: { steps: 9 } },
    corpora: { prose: { corpus: { files: ['a.txt'] } }, code: { corpus: { files: ['b.txt'] } } },
    sources: { nca: {}, warm: { text: { steps: 4 } }, unused: {} },
    arms: {
      scratch: {},
      nca: { from: 'nca', transfer: { keep: { modules: ['attention'] } } },
      again: { from: 'nca' },
      warm: { from: 'warm' },
    },
  },
  's.js',
);
const jobs = planStudy(study, '/there');
const find = (id: string): StudyJob => jobs.find((job) => job.id === id)!;

describe('planStudy', () => {
  test('has one run an arm, corpus and seed, and a source once for all corpora and arms', () => {
    const ids = jobs.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => id.startsWith('sources/')).sort()).toEqual([
      'sources/nca/seed-3',
      'sources/nca/seed-5',
      'sources/warm/code/seed-3',
      'sources/warm/code/seed-5',
      'sources/warm/prose/seed-3',
      'sources/warm/prose/seed-5',
    ]);
    expect(ids.filter((id) => id.startsWith('arms/'))).toHaveLength(4 * 2 * 2);
  });

  test('puts sources before their arms, and seed after seed', () => {
    for (const [i, { after }] of jobs.entries()) {
      if (after !== null) expect(jobs.findIndex(({ id }) => id === after)).toBeLessThan(i);
    }
    expect(jobs.map(({ seed }) => seed)).toEqual(jobs.map(({ seed }) => seed).sort());
  });

  test('pairs: under one seed arms differ in nothing but name and transfer', () => {
    const bare = (arm: string) => {
      const { name, transfer, ...rest } = find(`arms/prose/${arm}/seed-3`).recipe;
      return rest;
    };
    for (const arm of ['nca', 'again', 'warm']) expect(bare(arm)).toEqual(bare('scratch'));
    expect(bare('scratch')).toMatchObject({ seed: 3, text: { steps: 9 } });
    expect(find('arms/prose/scratch/seed-3').recipe.transfer.from).toBeUndefined();
    expect(find('arms/prose/nca/seed-3').recipe.transfer).toMatchObject({
      from: '/there/sources/nca/seed-3',
      keep: { modules: ['attention'] },
    });
    expect(find('arms/code/warm/seed-5').recipe.transfer.from).toBe(
      '/there/sources/warm/code/seed-5',
    );
  });

  test('gives world sources no text, text sources no world, and each its corpus', () => {
    const world = find('sources/nca/seed-3');
    expect(world.corpus).toBeNull();
    expect(world.recipe.text).toBeUndefined();
    expect(world.recipe.source!.steps).toBe(7);
    const warm = find('sources/warm/code/seed-5');
    expect(warm.corpus).toBe('code');
    expect(warm.recipe.source).toBeUndefined();
    expect(warm.recipe.text).toMatchObject({ steps: 4, corpus: { files: ['b.txt'] } });
    expect(find('arms/prose/warm/seed-3').recipe.text!.corpus.files).toEqual(['a.txt']);
  });

  test('does not depend on the folder but for the paths between runs', () => {
    const strip = (list: readonly StudyJob[], folder: string) =>
      JSON.stringify(list).replaceAll(folder, '');
    expect(strip(planStudy(study, '/elsewhere'), '/elsewhere')).toBe(strip(jobs, '/there'));
  });

  test.each<[string, object]>([
    ['base.seed', { base: { seed: 1, text: {} } }],
    ['base.transfer.from', { base: { text: {}, transfer: { from: 'runs/x' } } }],
    ['sources.nca.transfer', { sources: { nca: { transfer: {} } } }],
    ['arms.odd.source', { arms: { scratch: {}, odd: { source: {} } } }],
    ['arms.odd.transfer', { arms: { scratch: {}, odd: { transfer: { from: 'runs/x' } } } }],
    [
      'arms.odd.transfer.from',
      {
        sources: { nca: {} },
        arms: { scratch: {}, odd: { from: 'nca', transfer: { from: 'x' } } },
      },
    ],
  ])('refuses %s, which would have no effect', (place, changes) => {
    const plain = { name: 's', base: { text: {} }, arms: { scratch: {} } };
    const idle = parseStudy({ ...plain, ...changes }, 's');
    expect(() => planStudy(idle, '/x')).toThrow(`${place} has no effect in a study`);
  });

  test('names the arm of a fault', () => {
    const arms = { scratch: {}, odd: { text: { stepz: 3 } } };
    const faulty = parseStudy({ name: 's', arms }, 's');
    expect(() => planStudy(faulty, '/x')).toThrow("odd: unknown key 'stepz' in text");
  });
});
