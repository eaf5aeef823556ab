// Pairs of algorithms and models, and the registry of algorithms. Pairs that differ in the cell only from others are part of
// `npm run test:full`.

import { describe, expect, test } from 'vitest';
import { ALGORITHMS, resolveAlgorithm } from '../../src/algorithms/index.ts';
import { describePairs, isLongPair } from '../support/algorithm-pairs.ts';

describePairs((name) => !isLongPair(name));

describe('the registry', () => {
  test.each(Object.entries(ALGORITHMS))('%s is described, each option too', (kind, definition) => {
    expect(definition.kind).toBe(kind);
    expect(definition.description.length).toBeGreaterThan(20);
    for (const [name, option] of Object.entries(definition.options.shape)) {
      expect(option.description, name).toBeTypeOf('string');
    }
  });

  test('names the nearest kind and option', () => {
    expect(() => resolveAlgorithm(ALGORITHMS, 'smd' as 'smt', {})).toThrow(
      "algorithm: unknown kind 'smd'",
    );
    expect(() => resolveAlgorithm(ALGORITHMS, 'dmt', { evry: 2 })).toThrow(
      "algorithm: unknown key 'evry'",
    );
  });
});
