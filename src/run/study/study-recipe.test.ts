import { describe, expect, test } from 'vitest';
import { parseStudy } from './study-recipe.ts';

const PLAIN = { name: 's', arms: { scratch: {}, nca: { from: 'nca' } }, sources: { nca: {} } };

/** Message and hint of what a study is refused with. */
function refusal(changes: object): string {
  try {
    parseStudy({ ...PLAIN, ...changes }, 'my.js');
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    return `${message} (${hint ?? ''})`;
  }
  throw new Error('it was accepted');
}

describe('parseStudy', () => {
  test('fills in its defaults', () => {
    expect(parseStudy(PLAIN, 'my.js')).toEqual({
      ...PLAIN,
      description: '',
      seeds: [0, 1, 2, 3, 4],
      baseline: 'scratch',
      base: {},
      corpora: { text: {} },
      contrasts: [],
    });
  });

  test.each([
    ['a misspelt key', { sed: [1] }, "unknown key 'sed' (did you mean 'seeds'?)"],
    [
      'an unknown baseline',
      { baseline: 'scrach' },
      "no arm is called 'scrach' (did you mean 'scratch'?)",
    ],
    ['a baseline that only objects have', { baseline: 'toString' }, "no arm is called 'toString'"],
    [
      'an unknown source',
      { arms: { scratch: {}, a: { from: 'ncaa' } } },
      "arms.a.from: no source is called 'ncaa' (did you mean 'nca'?)",
    ],
    ['a seed twice', { seeds: [1, 2, 1] }, 'a seed stands there twice'],
    ['no seed', { seeds: [] }, 'seeds'],
    ['a seed below zero', { seeds: [-1] }, 'seeds.0'],
    ['no corpus', { corpora: {} }, 'corpora is empty'],
    ['a name that leaves the folder', { arms: { scratch: {}, '..': {} } }, 'no dot or dash first'],
    ['a name with a slash', { corpora: { 'a/b': {} } }, 'letters, digits'],
    [
      'a contrast of an unknown arm',
      { contrasts: [['nca', 'shufled']] },
      "contrasts.0: no arm is called 'shufled' (there are: scratch, nca)",
    ],
    ['a contrast with itself', { contrasts: [['nca', 'nca']] }, "'nca' is compared with itself"],
    [
      'a contrast with the baseline',
      { contrasts: [['nca', 'scratch']] },
      "'scratch' is the baseline",
    ],
    ['a contrast of three', { contrasts: [['nca', 'nca', 'nca']] }, 'contrasts.0'],
  ])('refuses %s', (_, changes, expected) => {
    const text = refusal(changes);
    expect(text).toContain('my.js: ');
    expect(text).toContain(expected);
  });

  test('refuses a pair that stands there twice, either way round', () => {
    const arms = { scratch: {}, a: {}, b: {} };
    const contrasts = [
      ['a', 'b'],
      ['b', 'a'],
    ];
    expect(refusal({ arms, contrasts })).toContain('contrasts.1: the pair b, a stands there twice');
  });
});
