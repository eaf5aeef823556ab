// The JSON schema of recipes of any kind as files have them, for editors.

import type { Kinds } from '../plugins/index.ts';
import { redQueenJsonSchema } from '../redqueen/index.ts';
import { studyJsonSchema } from '../study/index.ts';
import { loosenRecipeSchema, writtenRecipeSchema } from '../training/index.ts';

type JsonSchema = { readonly [key: string]: unknown };

/** `$schema` of a recipe in a folder in which the package is installed. */
export const RECIPE_SCHEMA_PATH = './node_modules/primordia/dist/recipe.schema.json';

const of = (kind: string) => ({ properties: { kind: { const: kind } }, required: ['kind'] });

/**
 * The schema of a recipe file: an arms race or a study where it says so with `kind` (or has `axes`), else a training run. Nothing
 * is required, because a file may extend another one.
 *
 * @param kinds what recipes may name; those of plugins included
 */
export function createRecipeSchema(kinds: Kinds): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Primordia recipe',
    $defs: {
      training: define(writtenRecipeSchema(kinds)),
      study: defineStudy(loosenRecipeSchema(studyJsonSchema())),
      redqueen: define(loosenRecipeSchema(redQueenJsonSchema(kinds.mutators))),
    },
    if: of('redqueen'),
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
    then: { $ref: '#/$defs/redqueen' },
    else: {
      if: { anyOf: [of('study'), { required: ['axes'] }] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
      then: { $ref: '#/$defs/study' },
      else: { $ref: '#/$defs/training' },
    },
  };
}

/** A whole schema as a part of another. */
function define({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** A study's base, and the members of its axes, are overlays of recipes of training runs. */
function defineStudy(schema: JsonSchema): JsonSchema {
  const { properties, ...rest } = define(schema);
  const { base, axes, tuning, ...others } = properties as Readonly<Record<string, JsonSchema>>;
  const training = { $ref: '#/$defs/training' };
  const members = { type: 'object', additionalProperties: training };
  return {
    ...rest,
    properties: {
      ...others,
      base: { ...training, description: base!.description },
      axes: { type: 'object', additionalProperties: members, description: axes!.description },
      // One may stand without its list.
      tuning: { anyOf: [tuning, tuning!.items], description: tuning!.description },
    },
  };
}
