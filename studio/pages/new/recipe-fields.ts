// The form of a recipe: a field for each of its values, described by the schema of recipes, and settings of what was changed.

import {
  type Field,
  inputOf,
  type JsonSchema,
  parseText,
  type Texts,
} from '../../parts/schema-fields.ts';

/** Fields that belong together: those of `stages.text`, or those of the recipe itself. */
export type FieldGroup = { readonly name: string; readonly fields: readonly Field[] };

/** What is not changed in a form: names of others, and code. */
const LEFT_OUT: ReadonlySet<string> = new Set(['kind', 'plugins', '$schema', 'format', 'extends']);

/** A field for each value of a recipe that has all of its defaults. */
export function readRecipeFields(recipe: unknown, schema: object): FieldGroup[] {
  const groups = new Map<string, Field[]>();
  const visit = (value: unknown, path: readonly string[], own: JsonSchema | null) => {
    if (isObject(value)) {
      for (const [key, inner] of Object.entries(value)) {
        // A key with a dot in it could not be named in a setting.
        if (LEFT_OUT.has(key) || key.includes('.')) continue;
        visit(inner, [...path, key], schemaOf(own, key, value));
      }
      return;
    }
    const group = path.slice(0, -1).join('.');
    const name = path.at(-1)!;
    const field: Field = {
      path: path.join('.'),
      label: name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
      description: own?.description ?? '',
      input: inputFor(value, own),
      initial: writeValue(value),
    };
    groups.set(group, [...(groups.get(group) ?? []), field]);
  };
  visit(recipe, [], schema as JsonSchema);
  return [...groups].map(([name, fields]) => ({ name, fields }));
}

/** The schema of a member of an object; null where nothing is known of it. */
function schemaOf(own: JsonSchema | null, key: string, object: object): JsonSchema | null {
  for (const one of own ? variantsOf(own, object) : []) {
    const found = one.properties?.[key] ?? one.additionalProperties;
    if (typeof found === 'object') return found;
  }
  return null;
}

/** The members of a union that an object may be. */
function variantsOf(schema: JsonSchema, object: object): JsonSchema[] {
  const members = schema.oneOf ?? schema.anyOf;
  if (!members) return [schema];
  const { kind } = object as { readonly kind?: unknown };
  return members
    .flatMap((member) => variantsOf(member, object))
    .filter(({ properties }) => {
      const constant = properties?.kind?.const;
      return constant === undefined || constant === kind;
    });
}

/** Where the schema does not suit the value there is, such as null, the value is written as JSON. */
function inputFor(value: unknown, schema: JsonSchema | null): Field['input'] {
  const input = schema === null ? null : inputOf(schema, '');
  switch (typeof value) {
    case 'boolean':
      return { kind: 'choice', values: ['false', 'true'] };
    case 'number':
      if (input?.kind === 'number' || input?.kind === 'word-or') return input;
      return { kind: 'number', isInteger: false, low: null, high: null, isAboveLow: false };
    case 'string':
      if (input?.kind === 'choice' || input?.kind === 'word-or') return input;
      return { kind: 'text' };
    default:
      return { kind: 'text' };
  }
}

function writeValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * What was changed as settings of the command line, `key.path=value` each.
 *
 * @param recipe what the fields were made from: texts take the place of texts, whatever they look like
 */
export function writeSettings(
  recipe: unknown,
  groups: readonly FieldGroup[],
  texts: Texts,
): string[] {
  return groups.flatMap(({ fields }) =>
    fields.flatMap(({ path, input, initial }) => {
      const text = texts[path]?.trim();
      if (text === undefined || text === initial) return [];
      const isText = typeof valueAt(recipe, path) === 'string';
      const value =
        input.kind === 'text' ? (isText ? text : parseJson(text)) : parseText(input, text);
      return [`${path}=${JSON.stringify(value)}`];
    }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name for the folder of a new run that no other one has: `nca-tiny-003`. */
export function proposeName(recipe: string, places: readonly string[]): string {
  const taken = new Set(places.map((place) => place.split('/').at(-1)));
  const base = recipe.replace(/[^\w.-]+/g, '-').replace(/-\d{3}$/, '');
  for (let i = 1; ; i++) {
    const name = `${base}-${String(i).padStart(3, '0')}`;
    if (!taken.has(name)) return name;
  }
}

/** A word of a command line, in quotes where a shell would read more into it. */
export function quoteWord(word: string): string {
  return /^[\w./=:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
