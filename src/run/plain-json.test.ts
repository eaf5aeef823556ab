import { describe, expect, test } from 'vitest';
import { UserError } from '../core/index.ts';
import { toPlainJson } from './plain-json.ts';

const cycle: { text: Record<string, unknown> } = { text: {} };
cycle.text.a = cycle;

function nest(levels: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < levels; i++) value = { a: value };
  return value;
}

describe('toPlainJson', () => {
  test('plain data passes as it is, and is a copy', () => {
    const value = { a: [1, 'two', null, true, { b: -0.5 }], 'c d': {} };
    const copy = toPlainJson(value, 'here');
    expect(copy).toEqual(value);
    expect(copy).not.toBe(value);
  });

  test.each<[unknown, string]>([
    [new Proxy({ text: {} }, {}), 'the recipe is a proxy'],
    [{ text: new Proxy({}, {}) }, 'text is a proxy'],
    [cycle, 'text.a is a cycle'],
    [
      {
        get text() {
          throw new Error('called');
        },
      },
      'text is a getter or setter',
    ],
    [{ text: { steps: 3n } }, 'text.steps is a BigInt'],
    [{ text: () => ({}) }, 'text is a function'],
    [{ text: { steps: 1 / 0 } }, 'text.steps is Infinity, not a finite number'],
    // biome-ignore lint/suspicious/noSparseArray: it is what is tested
    [{ text: { corpus: [, 1] } }, 'text.corpus[0] is undefined'],
    [{ text: new Map() }, 'text is an instance of Map'],
    [{ text: new Date() }, 'text is an instance of Date'],
    [Promise.resolve({ text: {} }), 'the recipe is an instance of Promise'],
    [nest(1e5), 'nested more than 100'],
    [{ a: new Array(4e9) }, 'a is a list of 4000000000 values'],
  ])('what is not data is refused, case %#', (value, message) => {
    const read = () => toPlainJson(value, 'recipe.mjs');
    expect(read).toThrow(UserError);
    expect(read).toThrow(message);
    expect(read).toThrow('recipe.mjs');
  });
});
