import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeSettings, type Warrior } from '../corewar/index.ts';
import { listRecipes } from '../run/load-recipe.ts';
import { describeRecipe } from './describe-recipe.ts';
import { loadRedQueenRecipe } from './load-recipe.ts';
import { defineMutator } from './mutator.ts';
import { MUTATORS } from './mutators.ts';
import { readSource } from './opponents.ts';
import { planRound } from './play-rounds.ts';
import { coreSettings, parseRedQueenRecipe, type RedQueenInput } from './recipe.ts';

const parse = (changes: Partial<RedQueenInput> = {}) =>
  parseRedQueenRecipe({ kind: 'redqueen', name: 'r', ...changes }, 'r');

function makeChampion(round: number) {
  const warrior: Warrior = {
    name: `c${round}`,
    author: '',
    strategy: '',
    instructions: [],
    start: 0,
    pin: null,
  };
  return { name: warrior.name, source: '', warrior, champion: round };
}

/** Two initial opponents and three champions. */
const CHAMPIONS = [makeChampion(0), makeChampion(0), ...[1, 2, 3].map(makeChampion)];

function plan(changes: Partial<RedQueenInput> = {}) {
  const opponents = { initial: ['imp', 'dwarf'], ...changes.opponents };
  return planRound(parse({ ...changes, opponents }), 4, CHAMPIONS);
}

describe('a recipe of an arms race', () => {
  test('has the published settings as defaults', () => {
    expect(parse()).toMatchObject({
      rounds: 20,
      iterations: 250,
      newAtStart: 8,
      newShare: 0.1,
      simulations: 20,
      opponents: { initial: ['imp'], last: 20, target: 'champions' },
      archive: { axes: ['spawned', 'coverage'] },
      placement: 'fair',
      fitnessThreshold: null,
      mutator: { kind: 'genetic' },
    });
    const { coreSize, maxCycles, maxProcesses, maxLength, minSeparation } = coreSettings(parse());
    expect([coreSize, maxCycles, maxProcesses, maxLength, minSeparation]).toEqual([
      8000, 80_000, 8000, 100, 100,
    ]);
  });

  test('opponents: the last K champions, all of them, or the initial ones', () => {
    const names = (opponents: object) =>
      plan({ opponents }).evaluation.opponents.map(({ name }) => name);
    expect(names({ last: 1 })).toEqual(['c3']);
    expect(names({ last: 2 })).toEqual(['c2', 'c3']);
    expect(names({ last: 4 })).toEqual(['c0', 'c1', 'c2', 'c3']);
    expect(names({ last: null })).toEqual(['c0', 'c0', 'c1', 'c2', 'c3']);
    expect(names({ target: 'static', last: 1 })).toEqual(['c0', 'c0']);
  });

  test('warm-ups: initial opponents, past champions, both, or none', () => {
    const champions = (warmUp: object) => plan({ warmUp }).warmUps.map(({ champion }) => champion);
    expect(champions({})).toEqual([0, 0, 1, 2, 3]);
    expect(champions({ initial: false })).toEqual([1, 2, 3]);
    expect(champions({ champions: false })).toEqual([0, 0]);
    expect(champions({ initial: false, champions: false })).toEqual([]);
  });

  test('every other key reaches the plan of a round', () => {
    const usual = JSON.stringify(plan());
    const changes: Partial<RedQueenInput>[] = [
      { seed: 1 },
      { core: { setting: 'tiny' } },
      { core: { maxCycles: 100 } },
      { core: { coreSize: 9000 } },
      { core: { maxProcesses: 10 } },
      { core: { maxLength: 50 } },
      { core: { minSeparation: 200 } },
      { iterations: 3 },
      { newAtStart: 3 },
      { newShare: 0.5 },
      { simulations: 3 },
      { placement: 'authors' },
      { archive: { axes: ['length'] } },
      { archive: { axes: [] } },
      { archive: { edges: { spawned: [7] } } },
      { fitnessThreshold: 0.8 },
      { inFlight: 1 },
    ];
    for (const change of changes) {
      expect(JSON.stringify(plan(change)), JSON.stringify(change)).not.toBe(usual);
    }
    expect(plan({ archive: { axes: [] } }).layout.axes).toEqual([]);
  });

  test('says what is wrong, where, and what to do', () => {
    const cases: [object, string][] = [
      [{ rouns: 3 }, "unknown key 'rouns'"],
      [{ opponents: { lst: 3 } }, "unknown key 'lst' in opponents"],
      [{ rounds: 0 }, 'rounds'],
      [{ archive: { axes: ['spawned', 'spawned'] } }, 'duplicate axis'],
      [{ archive: { edges: { spawned: [3, 2] } } }, 'must rise'],
      [{ core: { maxLength: 200 } }, '200 instructions do not fit 100 apart'],
      [{ core: { setting: 'nano' } }, '21 warriors at least 5 apart do not fit a core of 80'],
      [{ rounds: 50, opponents: { last: null } }, '51 warriors in a battle are more than 36'],
      [{ mutator: { kind: 'gnetic' } }, "mutator.kind: there is no kind 'gnetic'"],
      [{ mutator: { kind: 'genetic', model: 'x' } }, "unknown key 'model' in mutator"],
    ];
    for (const [changes, message] of cases) {
      expect(() => parse(changes), JSON.stringify(changes)).toThrow(message);
    }
  });

  test('names the mutators of a registry, and those alone', () => {
    const swap = defineMutator({
      kind: 'swap',
      source: 'a test',
      description: 'Swaps fields.',
      options: z.strictObject({ share: z.number().default(0.25) }),
      describe: ({ share }) => `swaps of ${share}`,
      create: () => ({ propose: () => Promise.reject(new Error('not asked')) }),
    });
    const given = { kind: 'redqueen', name: 'r', mutator: { kind: 'swap' } };
    const recipe = parseRedQueenRecipe(given, 'r', { ...MUTATORS, swap });
    expect(recipe.mutator).toEqual({ kind: 'swap', share: 0.25 });
    expect(() => parseRedQueenRecipe(given, 'r')).toThrow("there is no kind 'swap'");
    expect(describeRecipe(recipe)).toContain("by the mutator 'swap' of a plugin");
  });

  test('a core has pMARS’s defaults for what is not given', () => {
    const core = coreSettings(parse({ core: { coreSize: 9000 }, opponents: { last: 3 } }));
    expect(core).toEqual(makeSettings({ coreSize: 9000 }));
  });
});

const shipped = listRecipes().filter((name) => name.startsWith('drq-'));
test.each(shipped)('%s is a recipe, and its opponents ship', async (name) => {
  const recipe = await loadRedQueenRecipe(name);
  expect(recipe.name).toBe(name);
  expect(recipe.description).not.toBe('');
  for (const opponent of recipe.opponents.initial)
    expect(readSource(opponent).source).toContain('mov');
});
