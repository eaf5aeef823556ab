import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { keyFromSeed } from '../core/index.ts';
import { createWorldOf, defineWorld } from './define-world.ts';
import { createDyckWorld } from './dyck.ts';
import { createNcaWorld } from './nca/index.ts';
import { WORLDS } from './registry.ts';
import { createShuffledWorld } from './shuffled.ts';
import { drawTokens } from './world.ts';

const KEY = keyFromSeed(3);
const make = (kind: string, options: object = {}, sequenceLength = 65) =>
  createWorldOf(WORLDS, kind, options, { sequenceLength });

describe.each(Object.entries(WORLDS))('%s', (kind, definition) => {
  // Rules of the default band are searched for: this takes a small world.
  const options = ['nca', 'shuffled', 'iid'].includes(kind)
    ? { grid: 4, colors: 2, band: { kind: 'none' } }
    : kind === 'life'
      ? { grid: 6 }
      : kind === 'elementary'
        ? { width: 16 }
        : {};
  const given = kind === 'shuffled' || kind === 'iid' ? { of: options } : options;

  test('has its kind, a source, a description and a meaning for every option', () => {
    expect(definition.kind).toBe(kind);
    expect(definition.source).not.toBe('');
    expect(definition.description).toMatch(/\.$/);
    const json = z.toJSONSchema(definition.options, { io: 'input' });
    for (const [name, property] of Object.entries(json.properties ?? {})) {
      expect(property, name).toMatchObject({ description: expect.stringMatching(/\.$/) });
      expect(property, name).toHaveProperty('default');
    }
  });

  test('makes the sequences of its default length and of others', () => {
    const { contextLength = 64 } = definition as { contextLength?: number };
    for (const length of [contextLength + 1, contextLength + 9]) {
      const world = make(kind, given, length);
      const tokens = drawTokens(world, KEY, 1);
      expect(tokens).toHaveLength(length);
      expect(Math.max(...tokens)).toBeLessThan(world.vocabSize);
      expect(drawTokens(make(kind, given, length), KEY, 1)).toEqual(tokens);
    }
  });

  test('refuses options that it does not have', () => {
    expect(() => make(kind, { ...given, numberOfThings: 3 })).toThrow(
      "world: unknown key 'numberOfThings'",
    );
  });
});

test('options are those of the world', () => {
  const world = createDyckWorld({ types: 3, sequenceLength: 40 });
  expect(drawTokens(make('dyck', { types: 3 }, 40), KEY, 7)).toEqual(drawTokens(world, KEY, 7));
  expect(() => make('dyck', { type: 3 })).toThrow(
    expect.objectContaining({ hint: "did you mean 'types'?" }),
  );
});

test('kinds that are not there are refused, with the nearest', () => {
  expect(() => make('dick')).toThrow(expect.objectContaining({ hint: "did you mean 'dyck'?" }));
  expect(() => make('toString')).toThrow("world: unknown kind 'toString'");
});

test('controls take their tokens from any world of the registry', () => {
  const grid = { grid: 4, colors: 2, band: { kind: 'none' as const } };
  const original = createShuffledWorld(createNcaWorld({ ...grid, sequenceLength: 65 }));
  const tokens = drawTokens(original, KEY, 2);
  expect(drawTokens(make('shuffled', { of: grid }), KEY, 2)).toEqual(tokens);
  expect(make('shuffled', { of: { kind: 'dfa' } }).description).toMatch(/^shuffled dfa/);
  expect(() => make('iid', { of: { kind: 'dfa', grid: 4 } })).toThrow("iid.of: unknown key 'grid'");
  const { kind, source, description } = WORLDS.dyck;
  const own = defineWorld({
    ...{ kind, source, description },
    options: z.strictObject({}),
    create: () => createDyckWorld({ types: 1, sequenceLength: 65 }),
  });
  const registry = { ...WORLDS, own };
  const mine = createWorldOf(registry, 'iid', { of: { kind: 'own' } }, { sequenceLength: 65 });
  expect(mine.vocabSize).toBe(2);
});
