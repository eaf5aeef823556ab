// The JSON schema of recipes as written in files, for editors.

import { memoize } from '../core/memoize.ts';
import { recipeJsonSchema } from './recipe.ts';
import type { Registries } from './registries.ts';

type JsonSchema = { readonly [key: string]: unknown };

/**
 * The JSON schema of a recipe as written. Nothing is required: a file may extend another one, its name is that of the file,
 * and most kinds have a default. Objects that name no kind may be of any.
 */
export const writtenRecipeSchema = memoize((registries: Registries): JsonSchema => {
  const { properties, ...schema } = loosenRecipeSchema(recipeJsonSchema(registries));
  return {
    ...schema,
    properties: {
      kind: { const: 'training', description: 'Kind of the recipe; by default a training run.' },
      ...(properties as object),
    },
  };
});

/** The schema of a whole recipe, loosened to that of a file, which may extend another one. */
export function loosenRecipeSchema(whole: object): JsonSchema {
  const { properties, ...schema } = loosen(whole) as JsonSchema;
  return {
    ...schema,
    properties: {
      extends: {
        type: 'string',
        description: 'Recipe that this one changes: the name of a shipped recipe, or a file.',
      },
      ...(properties as object),
    },
  };
}

/** Without required keys; if objects name no kind, more than one alternative may fit. */
function loosen(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(loosen);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      // Keys of `properties` are names, one of which may be `required`.
      if (key === 'properties') return [[key, mapValues(value as object)]];
      if (key === 'required') return [];
      return [[key === 'oneOf' ? 'anyOf' : key, loosen(value)]];
    }),
  );
}

function mapValues(properties: object): object {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, loosen(schema)]),
  );
}
