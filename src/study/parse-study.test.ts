// What a study's recipe says, and what it is refused with.

import { describe, expect, test } from 'vitest';
import { checkCells, listCells, writeRecipe } from './cells.ts';
import { parseStudy } from './parse-study.ts';
import type { StudyInput } from './study-schema.ts';

const PLAIN: StudyInput = {
  name: 's',
  axes: {
    source: { scratch: { stages: { source: null } }, nca: {}, shuffled: {} },
    size: { small: {}, large: { model: { layers: 4 } } },
  },
  baseline: 'scratch',
};

/** Message and hint of what a study is refused with. */
function refusal(changes: object): string {
  try {
    checkCells(parseStudy({ ...PLAIN, ...changes }, 'my.js'));
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    return `${message} (${hint ?? ''})`;
  }
  throw new Error('it was accepted');
}

const tune = (changes: object = {}) => ({
  tuning: { key: 'stages.text.optimizer.learningRate', values: [1, 2], seeds: [100], ...changes },
});

describe('parseStudy', () => {
  test('fills in its defaults', () => {
    expect(parseStudy(PLAIN, 'my.js')).toEqual({
      format: 2,
      kind: 'study',
      name: 's',
      description: '',
      seeds: [0, 1, 2, 3, 4],
      base: {},
      axes: PLAIN.axes,
      exclude: [],
      contrasts: [],
      tuning: [],
      baseline: { source: 'scratch' },
      slurm: { options: [], setup: [], maxArraySize: 1000 },
      metric: { name: 'loss', better: 'lower', stage: null },
    });
  });

  test('reads what it has written', () => {
    const study = parseStudy(
      {
        ...PLAIN,
        ...tune({ where: { source: ['nca'] }, metric: { name: 'measures.x', better: 'higher' } }),
        metric: { name: 'bitsPerByte', stage: 'text' },
        contrasts: [{ treatment: 'nca', control: 'shuffled', cause: 'the dynamics' }],
        exclude: [{ source: 'nca', size: 'large' }],
        requireGate: 'dynamics',
      },
      'my.js',
    );
    expect(parseStudy(JSON.parse(JSON.stringify(study)), 'study.json')).toEqual(study);
    expect(study.contrasts).toEqual([
      { axis: 'source', treatment: 'nca', control: 'shuffled', cause: 'the dynamics' },
    ]);
    expect(parseStudy({ ...PLAIN, contrasts: [['nca', 'shuffled']] }, 's').contrasts).toEqual([
      { axis: 'source', treatment: 'nca', control: 'shuffled' },
    ]);
  });

  test.each<[string, object, string]>([
    ['a misspelled key', { sed: [1] }, "unknown key 'sed' (did you mean 'seeds'?)"],
    ['another version', { format: 1 }, 'format: Invalid input: expected 2'],
    ['a seed twice', { seeds: [1, 2, 1] }, 'seeds: duplicate seed'],
    ['no seed', { seeds: [] }, 'seeds'],
    ['a seed below zero', { seeds: [-1] }, 'seeds.0'],
    ['no axis', { axes: {} }, 'axes is empty'],
    ['an axis without members', { axes: { ...PLAIN.axes, odd: {} } }, 'axes.odd is empty'],
    [
      'a name that leaves the folder',
      { axes: { a: { scratch: {}, '..': {} } } },
      'no dot or dash first',
    ],
    [
      'a name that half-written folders have',
      { axes: { a: { scratch: {}, 'x.tmp-3': {} } } },
      'axes.a.x.tmp-3: a bad name: folders that end like this',
    ],
    [
      'names that differ by capitals',
      { axes: { a: { scratch: {}, Scratch: {} } } },
      "axes.a: 'scratch' and 'Scratch' would share a folder",
    ],
    ['a name with a slash', { axes: { 'a/b': { scratch: {} } } }, 'letters, digits'],
    ['no baseline', { baseline: undefined }, 'baseline'],
    ['an empty baseline', { baseline: {} }, 'baseline is empty'],
    [
      'an unknown baseline',
      { baseline: 'scrach' },
      "baseline: no member is called 'scrach' (did you mean 'scratch'?)",
    ],
    [
      'a baseline that only objects have',
      { baseline: { source: 'toString' } },
      "no member is called 'toString'",
    ],
    [
      'a baseline on an unknown axis',
      { baseline: { sourze: 'nca' } },
      "no axis is called 'sourze' (did you mean 'source'?)",
    ],
    [
      'a baseline that two axes have',
      { axes: { a: { x: {} }, b: { x: {} } }, baseline: 'x' },
      'x is a member of several axes: a, b (name the axis too)',
    ],
    [
      'a seed of the base',
      { base: { seed: 1 } },
      'base.seed has no effect in a study (the study has a name and seeds of its own)',
    ],
    [
      'a name of a member',
      { axes: { a: { scratch: { name: 'x' } } } },
      'axes.a.scratch.name has no effect in a study',
    ],
    [
      'a contrast of an unknown member',
      { contrasts: [['nca', 'shufled']] },
      "contrasts.0: no member is called 'shufled' (did you mean 'shuffled'?)",
    ],
    [
      'a contrast of two axes',
      { contrasts: [['nca', 'small']] },
      'nca and small are members of different axes',
    ],
    ['a contrast with itself', { contrasts: [['nca', 'nca']] }, "'nca' is compared with itself"],
    [
      'a contrast with the baseline',
      { contrasts: [['nca', 'scratch']] },
      "'scratch' is the baseline",
    ],
    ['a contrast of three', { contrasts: [['nca', 'nca', 'nca']] }, 'contrasts.0'],
    [
      'a pair twice, either way round',
      {
        contrasts: [
          ['nca', 'shuffled'],
          ['shuffled', 'nca'],
        ],
      },
      'contrasts.1: duplicate pair shuffled, nca',
    ],
    [
      'an unknown metric',
      { metric: 'accuracy' },
      "metric: no metric is called 'accuracy' (there are: loss, bitsPerByte, rollout.loss, rollout.accuracy, measures.NAME)",
    ],
    [
      'a measure without a direction',
      { metric: 'measures.accuracy' },
      'say whether lower or higher values of measures.accuracy are better',
    ],
    [
      'a rollout of a stage',
      { metric: { name: 'rollout.loss', stage: 'text' } },
      'metric.stage has no effect on rollout.loss',
    ],
    [
      'a tuning seed that counts',
      tune({ seeds: [7, 3] }),
      'seed 3 is in seeds and in tuning.0.seeds',
    ],
    ['no value to try', tune({ values: [] }), 'tuning.0.values'],
    [
      'a misspelled key of tuning',
      tune({ vals: [] }),
      "unknown key 'vals' in tuning.0 (did you mean 'values'?)",
    ],
    ['a value twice', tune({ values: [1, 1] }), 'duplicate value'],
    ['tuning of the seed', tune({ key: 'seed' }), 'tuning.0.key.seed has no effect in a study'],
    ['tuning of no key', tune({ key: 'stages..x' }), 'recipes have no key stages..x'],
    [
      'tuning of an unknown member',
      tune({ where: { size: 'smal' } }),
      "tuning.0.where.size: no member is called 'smal' (did you mean 'small'?)",
    ],
    [
      'tuning of cells that are left out',
      { ...tune({ where: { size: 'large' } }), exclude: [{ size: 'large' }] },
      'tuning.0.where names no cell of the study',
    ],
    [
      'a cell tuned twice',
      { tuning: [tune().tuning, tune({ where: { size: 'small' } }).tuning] },
      'the cell scratch small is tuned twice',
    ],
    [
      'an exclusion without a cell',
      { exclude: [{ source: 'nca' }, { source: 'Nca' }] },
      "exclude.1.source: no member is called 'Nca' (did you mean 'nca'?)",
    ],
    ['the exclusion of everything', { exclude: [{}] }, 'exclude leaves no cell'],
    [
      'the exclusion of the baseline',
      { exclude: [{ source: 'scratch' }] },
      'baseline names no cell',
    ],
  ])('refuses %s', (_, changes, expected) => {
    expect(refusal(changes)).toContain(expected);
  });
});

describe('the recipe of a cell', () => {
  const study = parseStudy(
    {
      ...PLAIN,
      base: { model: { kind: 'llama', layers: 2 }, stages: { source: { steps: 1 }, text: {} } },
      ...tune({ key: 'stages.text.optimizer.learningRate' }),
    },
    's',
  );
  const cells = listCells(study);

  test('is base, members in the order of the axes, and the tuned value', () => {
    expect(cells.map(({ name }) => name)).toEqual([
      'scratch small',
      'scratch large',
      'nca small',
      'nca large',
      'shuffled small',
      'shuffled large',
    ]);
    expect(writeRecipe(study, cells[1]!, 3, 0.5)).toEqual({
      name: 'scratch-large',
      seed: 3,
      model: { kind: 'llama', layers: 4 },
      stages: { source: null, text: { optimizer: { learningRate: 0.5 } } },
    });
  });

  test('is not made where a member changes what one before it removes', () => {
    const axes = {
      ...PLAIN.axes,
      size: { small: {}, large: { stages: { source: { steps: 9 } } } },
    };
    const faulty = { ...study, axes };
    expect(() => writeRecipe(faulty, cells[1]!, 0, null)).toThrow(
      "s: scratch large: axes.size.large changes the stage 'source', which axes.source.scratch removes",
    );
    expect(() => writeRecipe(faulty, cells[3]!, 0, null)).not.toThrow();
  });

  test.each([
    ['stages.source.steps', "tuning.key changes the stage 'source', which axes.source.scratch"],
    ['stages.txt.steps', "tuning.key: the cell scratch small has no stage 'txt'"],
  ])('is not made where what is tuned is not there: %s', (key, expected) => {
    const [tuning] = study.tuning;
    const faulty = { ...study, tuning: [{ ...tuning!, key }] };
    expect(() => writeRecipe(faulty, cells[0]!, 0, 5)).toThrow(expected);
  });
});
