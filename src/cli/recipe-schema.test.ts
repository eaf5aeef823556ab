// What editors hold recipes against knows every kind of recipe, and says of every key what it means.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { writeRecipeReference } from '../../scripts/recipe-reference.mjs';
import { describeJsonSchema, describeOptions, KINDS } from '../plugins/index.ts';
import { redQueenJsonSchema } from '../redqueen/index.ts';
import { listRecipes, loadOverlay } from '../run/index.ts';
import { studyJsonSchema } from '../study/index.ts';
import { optimizerOptions, writtenRecipeSchema } from '../training/index.ts';
import { createRecipeSchema } from './recipe-schema.ts';

type Json = { readonly [key: string]: unknown };
type Schema = Json & { readonly $defs: Readonly<Record<string, Json>> };

const ROOT = path.resolve(import.meta.dirname, '../..');
const schema = createRecipeSchema(KINDS) as Schema;

/** The schema of one kind of recipe; zod knows no `if`. */
const schemaOf = (kind: string) =>
  z.fromJSONSchema({ ...schema.$defs[kind], $defs: schema.$defs } as never);

/** The kind that the `if`s of the schema choose for a recipe. */
function choose(value: Json, from: Json = schema): string {
  if (typeof from.$ref === 'string') return from.$ref.replace('#/$defs/', '');
  const isMet = (condition: Json): boolean => {
    if (Array.isArray(condition.anyOf)) return condition.anyOf.some(isMet);
    const required = (condition.required as string[]).every((key) => key in value);
    const { kind } = (condition.properties ?? {}) as { kind?: { const: string } };
    return required && (kind === undefined || value.kind === kind.const);
  };
  return choose(value, (isMet(from.if as Json) ? from.then : from.else) as Json);
}

describe('the schema of recipes', () => {
  const written = listRecipes().map(async (name) => {
    const file = pathToFileURL(path.join(ROOT, 'recipes', `${name}.js`)).href;
    const { default: own } = (await import(file)) as { default: Json };
    const { kind = 'axes' in own ? 'study' : 'training' } = await loadOverlay(name, []);
    // An editor does not read the recipe below, so one that extends another kind says its own.
    return { name, own: { ...own, ...(kind === 'training' ? {} : { kind }) } };
  });

  test('takes every recipe that comes with the package, of whatever kind', async () => {
    const schemas = new Map(
      ['training', 'study', 'redqueen'].map((kind) => [kind, schemaOf(kind)]),
    );
    const counts: Record<string, number> = {};
    for (const { name, own } of await Promise.all(written)) {
      const kind = choose(own);
      expect(kind).toBe((own as Json).kind ?? 'training');
      expect([name, schemas.get(kind)!.safeParse(own).error]).toEqual([name, undefined]);
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    expect(counts.training).toBeGreaterThan(15);
    expect(counts.study).toBeGreaterThan(4);
    expect(counts.redqueen).toBeGreaterThan(4);
  });

  test.each<[string, Json]>([
    ['study', { kind: 'study', base: { stagez: {} }, axes: {} }],
    ['study', { axes: { model: { gru: { model: { kind: 'grue' } } } } }],
    ['study', { axes: {}, seeds: ['one'] }],
    ['redqueen', { kind: 'redqueen', iterationz: 3 }],
    ['redqueen', { kind: 'redqueen', mutator: { kind: 'genetic', temperature: 1 } }],
    ['training', { stages: { text: { stepz: 1 } } }],
  ])('refuses in a recipe of kind %s: %j', (kind, value) => {
    expect(choose(value)).toBe(kind);
    expect(schemaOf(kind).safeParse(value).success).toBe(false);
  });

  test('has a description for every key', () => {
    const missing = new Set<string>();
    let found = 0;
    const walk = (value: unknown, at: string): void => {
      const part = Object(value) as Json;
      for (const key of ['anyOf', 'oneOf', 'prefixItems'] as const) {
        for (const one of (part[key] ?? []) as Json[]) walk(one, at);
      }
      for (const inner of [part.items, part.additionalProperties]) {
        if (typeof inner === 'object') walk(inner, `${at}.*`);
      }
      for (const [name, own] of Object.entries((part.properties ?? {}) as Record<string, Json>)) {
        found++;
        // The kind in an object of several kinds names it.
        if (own.description === undefined && !(name === 'kind' && own.const !== undefined)) {
          missing.add(`${at}.${name}`);
        }
        walk(own, `${at}.${name}`);
      }
    };
    for (const [kind, part] of Object.entries(schema.$defs)) walk(part, kind);
    expect([...missing]).toEqual([]);
    expect(found).toBeGreaterThan(300);
  });
});

test('docs/recipes.md is what the schemas say: npm run reference', () => {
  const reference = writeRecipeReference({
    kinds: KINDS,
    schemas: {
      training: writtenRecipeSchema(KINDS),
      study: studyJsonSchema(),
      redqueen: redQueenJsonSchema(KINDS.mutators),
    },
    describeJsonSchema,
    describeOptions,
    optimizerOptions,
  });
  const page = readFileSync(path.join(ROOT, 'docs/recipes.md'), 'utf8');
  // Not the whole text: a difference would print all of it.
  const lines = page.split('\n');
  expect(reference.split('\n').filter((line) => !lines.includes(line))).toEqual([]);
  expect(page === reference).toBe(true);
});
