// Every kind of every registry says what it is, where it is from, and what each of its options means.

import { describe, expect, test } from 'vitest';
import type { Definition } from '../../src/core/registry.ts';
import { describeOptions, KINDS } from '../../src/plugins/index.ts';
import { optimizerOptions } from '../../src/training/index.ts';

const kinds = Object.entries(KINDS).flatMap(([what, registry]) =>
  Object.entries(registry).map(([name, definition]) => ({ what, name, definition })),
);

describe.each(kinds)('$what: $name', ({ what, name, definition }) => {
  test('is registered under its kind, with a source and a description', () => {
    expect(definition.kind).toBe(name);
    expect(definition.source).not.toBe('');
    expect(definition.description).toMatch(/^\S.*\S$/);
  });

  test('says what every option means', () => {
    // Rate, schedule and clipping are the recipe's, for every optimizer.
    const options =
      what === 'optimizers' ? optimizerOptions(definition) : (definition as Definition).options;
    const silent = describeOptions(options).filter(({ description }) => !description);
    expect(silent.map(({ key }) => key)).toEqual([]);
  });
});
