// Which jobs a study takes: what is shared, what is left alone, and what stays as it has begun.

import { describe, expect, test } from 'vitest';
import { createFakeExperiment } from '../../test/support/fake-experiment.ts';
import { listCellRuns, listTuningRuns, type StudyRun } from './list-runs.ts';
import { parseStudy } from './parse-study.ts';
import { type Plan, planJobs } from './plan.ts';
import type { StagedRecipe } from './split-recipe.ts';
import type { StudyInput } from './study-schema.ts';

const { parse } = createFakeExperiment();

/** A stage with data of its own. */
const own = (changes: object = {}) => ({ data: { kind: 'own' }, ...changes });

function runsOf(input: Partial<StudyInput>): StudyRun[] {
  const study = parseStudy({ name: 's', seeds: [0], baseline: 'a', ...input }, 's');
  return listCellRuns(study, () => null, parse);
}

function planOf(input: Partial<StudyInput>, begun: ReadonlyMap<string, StagedRecipe> = new Map()) {
  return planJobs(runsOf(input), begun, parse);
}

/** Each job with its stages and where it begins; hashes are cut off. */
function show({ jobs }: Plan): string[] {
  const short = (id: string) => id.replace(/-[0-9a-f]{8}/g, '');
  return [...jobs.values()].map(({ id, after, recipe }) => {
    const stages = Object.keys(recipe.stages!).join('+');
    return `${short(id)}: ${stages}${after.length > 0 ? ` after ${short(after[0]!)}` : ''}`;
  });
}

const twoStages = { base: { stages: { source: own(), text: own() } } };

describe('planJobs shares first stages', () => {
  test.each<[string, Partial<StudyInput>, string[]]>([
    [
      'of cells that differ in what follows',
      { ...twoStages, axes: { arm: { a: {}, b: { stages: { text: { pull: 1 } } } } } },
      [
        'shared/source/seed-0: source',
        'cells/a/seed-0: text after shared/source/seed-0',
        'cells/b/seed-0: text after shared/source/seed-0',
      ],
    ],
    [
      'but not what one cell needs alone',
      { ...twoStages, axes: { arm: { a: { stages: { source: null } }, b: {} } } },
      ['cells/a/seed-0: text', 'cells/b/seed-0: source+text'],
    ],
    [
      'by seed',
      {
        ...twoStages,
        seeds: [0, 1],
        axes: { arm: { a: {}, b: { stages: { text: { pull: 1 } } } } },
      },
      [
        'shared/source/seed-0: source',
        'cells/a/seed-0: text after shared/source/seed-0',
        'cells/b/seed-0: text after shared/source/seed-0',
        'shared/source/seed-1: source',
        'cells/a/seed-1: text after shared/source/seed-1',
        'cells/b/seed-1: text after shared/source/seed-1',
      ],
    ],
    [
      'not where source, model or data differ',
      {
        ...twoStages,
        axes: {
          arm: {
            a: {},
            b: { stages: { source: { pull: 1 } } },
            c: { model: { size: 2 } },
            d: { stages: { source: { data: { kind: 'other' } } } },
          },
        },
      },
      ['a', 'b', 'c', 'd'].map((name) => `cells/${name}/seed-0: source+text`),
    ],
    [
      'whatever the run is judged by or how it is described',
      {
        ...twoStages,
        axes: { arm: { a: { description: 'one' }, b: { rollout: { length: 9 } } } },
      },
      ['shared/text/seed-0: source+text', 'cells/b/seed-0: source+text'],
    ],
    [
      'as a chain where some have more in common',
      {
        base: { stages: { s: own(), t: own(), u: own() } },
        axes: {
          arm: {
            a: { stages: { u: { pull: 1 } } },
            b: { stages: { u: { pull: 2 } } },
            c: { stages: { t: { pull: 3 } } },
          },
        },
      },
      [
        'shared/s/seed-0: s',
        'shared/t/seed-0: t after shared/s/seed-0',
        'cells/a/seed-0: u after shared/t/seed-0',
        'cells/b/seed-0: u after shared/t/seed-0',
        'cells/c/seed-0: t+u after shared/s/seed-0',
      ],
    ],
    [
      'as one job where cells have several in common',
      {
        base: { stages: { s: own(), t: own(), u: own() } },
        axes: { arm: { a: { stages: { u: { pull: 1 } } }, b: {} } },
      },
      [
        'shared/t/seed-0: s+t',
        'cells/a/seed-0: u after shared/t/seed-0',
        'cells/b/seed-0: u after shared/t/seed-0',
      ],
    ],
    [
      'where one cell is no more than that',
      { ...twoStages, axes: { arm: { a: { stages: { text: null } }, b: {} } } },
      ['shared/source/seed-0: source', 'cells/b/seed-0: text after shared/source/seed-0'],
    ],
    [
      'of equal cells, which are one run',
      { ...twoStages, axes: { arm: { a: {}, b: {} } } },
      ['shared/text/seed-0: source+text'],
    ],
    [
      'not where a later stage goes on in the same data',
      {
        base: { data: { kind: 'run' }, stages: { source: {}, text: {} } },
        axes: { arm: { a: {}, b: { stages: { text: { pull: 1 } } } } },
      },
      ['cells/a/seed-0: source+text', 'cells/b/seed-0: source+text'],
    ],
    [
      'up to the one that a later stage begins with',
      {
        base: { stages: { s: own(), t: own(), u: own({ start: { from: 's' } }) } },
        axes: { arm: { a: { stages: { u: { pull: 1 } } }, b: { stages: { u: { pull: 2 } } } } },
      },
      [
        'shared/s/seed-0: s',
        'cells/a/seed-0: t+u after shared/s/seed-0',
        'cells/b/seed-0: t+u after shared/s/seed-0',
      ],
    ],
    [
      'not where nothing that follows needs them',
      {
        base: { stages: { source: own(), text: own({ start: null }) } },
        axes: { arm: { a: {}, b: { stages: { text: { pull: 1 } } } } },
      },
      ['cells/a/seed-0: source+text', 'cells/b/seed-0: source+text'],
    ],
  ])('%s', (_, input, expected) => {
    expect(show(planOf(input))).toEqual(expected);
  });

  test('names every one of them by what decides its numbers, and with no folder', () => {
    const axes = { arm: { a: {}, b: { stages: { text: { pull: 1 } } } } };
    const jobsOf = (input: Partial<StudyInput>) => [...planOf({ ...input, axes }).jobs.values()];
    const jobs = jobsOf(twoStages);
    expect(jobs[0]!.id).toMatch(/^shared\/source-[0-9a-f]{8}\/seed-0$/);
    expect(jobs[1]!.recipe.stages!.text!.start!.from).toBe(`run:../../../${jobs[0]!.id}`);
    const other = jobsOf({ base: { stages: { source: own({ pull: 2 }), text: own() } } });
    expect(other[0]!.id).not.toBe(jobs[0]!.id);
    const later = jobsOf({ base: { stages: { source: own(), text: own({ pull: 7 }) } } });
    expect(later[0]!.id).toBe(jobs[0]!.id);
  });

  test('pairs: under one seed cells differ in nothing but their changes', () => {
    const axes = { arm: { a: {}, b: { stages: { text: { pull: 1 } } } } };
    const [a, b] = runsOf({ ...twoStages, axes });
    const { name: _, ...first } = a!.recipe;
    const { name: __, ...second } = b!.recipe;
    const { text } = first.stages!;
    const changed = { ...first, stages: { ...first.stages, text: { ...text, pull: 1 } } };
    expect(second).toEqual(changed);
    expect(first.seed).toBe(0);
  });
});

describe('planJobs keeps what has begun', () => {
  const axes = { arm: { a: {}, b: { stages: { text: { pull: 1 } } } } };
  const begin = ({ jobs }: Plan) => new Map([...jobs].map(([id, { recipe }]) => [id, recipe]));

  test('a cell that has begun whole, when another one comes to share its source', () => {
    const begun = begin(planOf({ ...twoStages, axes: { arm: { a: {} } } }));
    expect(show(planOf({ ...twoStages, axes }, begun))).toEqual([
      'cells/a/seed-0: source+text',
      'cells/b/seed-0: source+text',
    ]);
  });

  test('a shared job, which a new cell and one left alone begin with', () => {
    const begun = begin(planOf({ ...twoStages, axes }));
    const { a, b } = axes.arm;
    const grown = planOf(
      { ...twoStages, axes: { arm: { a, b, c: { description: 'new' } } } },
      begun,
    );
    expect(grown.jobs.get('cells/c/seed-0')!.after).toEqual([[...grown.jobs.keys()][0]]);
    begun.delete('cells/b/seed-0');
    begun.delete('cells/a/seed-0');
    expect(show(planOf({ ...twoStages, axes: { arm: { a: {} } } }, begun))).toEqual([
      'shared/source/seed-0: source',
      'cells/a/seed-0: text after shared/source/seed-0',
    ]);
  });

  test('and the same plan comes out of what it has made, whole or in part', () => {
    const stages = { s: own(), t: own(), u: own() };
    const chain = {
      base: { stages },
      seeds: [0, 1],
      axes: {
        arm: {
          a: { stages: { u: { pull: 1 } } },
          b: { stages: { u: { pull: 2 } } },
          c: { stages: { t: { pull: 3 } } },
        },
      },
    };
    const plan = planOf(chain);
    expect([...plan.jobs.values()].slice(0, 3).map(({ label }) => label)).toEqual([
      's of a, b, c seed 0',
      't of a, b seed 0',
      'a seed 0',
    ]);
    const begun = begin(plan);
    for (let count = 0; count <= plan.jobs.size; count++) {
      const part = new Map([...begun].slice(0, count));
      expect(planOf(chain, part)).toEqual(plan);
    }
  });

  test.each<[string, Partial<StudyInput>]>([
    ['another recipe', { base: { stages: { source: own(), text: own({ pull: 5 }) } } }],
    ['another source', { base: { stages: { source: own({ pull: 5 }), text: own() } } }],
    ['more stages', { base: { stages: { source: own(), text: own(), more: own() } } }],
  ])('and refuses %s', (_, changed) => {
    const begun = begin(planOf({ ...twoStages, axes }));
    expect(() => planOf({ ...changed, axes }, begun)).toThrow(
      /^jobs\/cells\/a\/seed-0 was run with a different recipe/,
    );
  });

  test('under other threads, another description and checkpoints', () => {
    const begun = begin(planOf({ ...twoStages, axes }));
    const base = { ...twoStages.base, engine: { threads: 2 }, description: 'again' };
    expect(() => planOf({ base, axes }, begun)).not.toThrow();
  });
});

describe('the runs of a study', () => {
  const input: StudyInput = {
    name: 's',
    seeds: [0, 1],
    baseline: 'bptt',
    base: { stages: { t: {} } },
    axes: { task: { copy: {}, stack: {} }, algorithm: { bptt: {}, smt: {} } },
    tuning: {
      where: { algorithm: 'bptt' },
      key: 'stages.t.optimizer.learningRate',
      values: [0.1, 1e-7],
      seeds: [8],
    },
  };
  const study = parseStudy(input, 's');

  test('are seed by seed, so that pairs are complete early', () => {
    expect(listCellRuns(study, () => 0.5, parse).map(({ label }) => label)).toEqual([
      'copy bptt seed 0',
      'copy smt seed 0',
      'stack bptt seed 0',
      'stack smt seed 0',
      'copy bptt seed 1',
      'copy smt seed 1',
      'stack bptt seed 1',
      'stack smt seed 1',
    ]);
  });

  test('take the chosen value, and wait for it', () => {
    const rate = ({ recipe }: StudyRun) =>
      (recipe.stages!.t!.optimizer as { learningRate: number }).learningRate;
    expect(
      listCellRuns(study, () => 0.5, parse)
        .map(rate)
        .slice(0, 2),
    ).toEqual([0.5, 0.1]);
    const open = listCellRuns(study, () => null, parse);
    expect(open.map(({ cell }) => cell.name)).not.toContain('copy bptt');
    expect(open).toHaveLength(4);
  });

  test('of tuning have folders of their own', () => {
    expect(listTuningRuns(study, parse).map(({ id }) => id)).toEqual([
      'tuning/copy/bptt/learningRate-0.1/seed-8',
      'tuning/copy/bptt/learningRate-1e-7/seed-8',
      'tuning/stack/bptt/learningRate-0.1/seed-8',
      'tuning/stack/bptt/learningRate-1e-7/seed-8',
    ]);
  });

  test('name the cell of a fault', () => {
    const axes = { arm: { a: {}, odd: { stages: { t: { stepz: 3 } } } } };
    const faulty = parseStudy({ ...input, axes, baseline: 'a', tuning: [] }, 's');
    expect(() => listCellRuns(faulty, () => null, parse)).toThrow(
      "s: odd: stages.t: unknown key 'stepz'",
    );
  });
});
