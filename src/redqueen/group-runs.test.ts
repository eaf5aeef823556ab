import { describe, expect, test } from 'vitest';
import { describeRecipe } from './describe-recipe.ts';
import { groupRuns } from './group-runs.ts';
import { loadRedQueenRecipe } from './load-recipe.ts';
import { parseRedQueenRecipe, type RedQueenInput } from './recipe.ts';

const parse = (changes: Partial<RedQueenInput>) =>
  parseRedQueenRecipe({ kind: 'redqueen', name: 'race', ...changes }, 'test');
const group = (...inputs: Partial<RedQueenInput>[]) =>
  groupRuns(inputs.map((input) => ({ recipe: parse(input) })));
const labels = (...inputs: Partial<RedQueenInput>[]) =>
  group(...inputs).groups.map(({ label }) => label);

describe('groupRuns', () => {
  test('runs that differ in seed, name, description or cost are one group', () => {
    const llm = { kind: 'llm', model: 'small' } as const;
    const { groups, settings } = group(
      { seed: 0, mutator: llm },
      { seed: 1, mutator: { ...llm, maxRequests: 100, concurrency: 1, retries: 0 } },
      { seed: 2, name: 'other', description: 'another', mutator: llm },
    );
    expect(groups).toHaveLength(1);
    expect(groups[0]!.runs).toHaveLength(3);
    expect(groups[0]!.label).toBe('race, other');
    expect(settings).toEqual([]);
  });

  test('runs of one name are groups by what they differ in', () => {
    const llm = { kind: 'llm', model: 'small' } as const;
    expect(labels({}, { mutator: llm })).toEqual(['genetic', 'small']);
    expect(labels({ mutator: llm }, { mutator: { ...llm, model: 'large' } })).toEqual([
      'small',
      'large',
    ]);
    expect(labels({ mutator: llm }, { mutator: { ...llm, temperature: 0.5 } }, {})).toEqual([
      'small, temperature 1',
      'small, temperature 0.5',
      'genetic',
    ]);
    expect(labels({ mutator: llm }, { mutator: { ...llm, provider: 'anthropic' } })[1]).toMatch(
      /^anthropic/,
    );
    expect(labels({ rounds: 3 }, { rounds: 5 })).toEqual(['3 rounds', '5 rounds']);
    expect(labels({ opponents: { last: 1 } }, { opponents: { last: null } })).toEqual([
      'K 1',
      'K all',
    ]);
    expect(labels({ core: { coreSize: 4000 } }, {})).toEqual([
      'core.coreSize 4000',
      'core.coreSize 8000',
    ]);
    const elsewhere = { ...llm, baseUrl: 'http://localhost:1/v1' };
    expect(labels({ mutator: llm }, { mutator: elsewhere })[1]).toContain('localhost');
    expect(labels({ fitnessThreshold: 0.8 }, {})).toEqual([
      'fitnessThreshold 0.8',
      'fitnessThreshold none',
    ]);
  });

  test('every setting that decides what comes of a run divides groups', () => {
    const changes: Partial<RedQueenInput>[] = [
      { rounds: 2 },
      { iterations: 3 },
      { newAtStart: 2 },
      { newShare: 0.5 },
      { simulations: 2 },
      { placement: 'authors' as const },
      { inFlight: 1 },
      { fitnessThreshold: 2 },
      { archive: { axes: [] } },
      { archive: { edges: { spawned: [4] } } },
      { warmUp: { initial: false } },
      { opponents: { initial: ['dwarf'] } },
      { opponents: { target: 'static' as const } },
      { core: { maxCycles: 100 } },
      { mutator: { kind: 'genetic' as const, changes: 3 } },
      { mutator: { kind: 'mix' as const } },
    ];
    for (const change of changes) {
      const { groups, settings } = group({}, change);
      expect(groups, JSON.stringify(change)).toHaveLength(2);
      expect(settings.length).toBeGreaterThan(0);
      expect(new Set(groups.map(({ label }) => label)).size).toBe(2);
      expect(groups[0]!.values).toHaveLength(settings.length);
    }
  });

  test('the shipped recipes of the paper’s question have labels that say what is special', async () => {
    const names = ['drq-k1', 'drq-k3', 'drq-k10', 'drq-static', 'drq-single-cell'];
    const recipes = await Promise.all(names.map((name) => loadRedQueenRecipe(name)));
    const { groups, settings } = groupRuns(recipes.map((recipe) => ({ recipe })));
    expect(groups.map(({ label }) => label)).toEqual([
      'K 1',
      'K 3',
      'K 10',
      'static opponents',
      'single niche',
    ]);
    expect(settings).toContain('archive.axes');
  });
});

describe('describeRecipe', () => {
  test('says what is run, whatever the recipe is called', async () => {
    const settings = ['rounds=3', 'mutator.kind="llm"', 'mutator.model="small"', 'seed=4'];
    const recipe = await loadRedQueenRecipe('drq-tiny', settings);
    expect(describeRecipe(recipe)).toBe(
      '3 rounds of 8 new warriors and 120 iterations each; warriors by a language model (openai: small); ' +
        'fitness over 10 battles against the last 3 champions; an archive by spawned and coverage.',
    );
    expect(recipe.description).toMatch(
      /; changed: rounds=3, mutator.kind=llm, mutator.model=small$/,
    );
    expect((await loadRedQueenRecipe('drq-tiny', ['seed=4'])).description).not.toContain('changed');
    expect(
      describeRecipe(parse({ rounds: 1, opponents: { target: 'static' }, archive: { axes: [] } })),
    ).toBe(
      '1 round of 8 new warriors and 250 iterations; warriors by the genetic mutator, without a language model; ' +
        'fitness over 20 battles against the initial opponent always; an archive of a single niche.',
    );
  });
});
