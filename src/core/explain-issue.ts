// Faults that a schema finds, in words for people.

import { nearestName, UserError } from './errors.ts';

/** A fault as a schema of zod tells of it; described here, so that this folder needs no package for it. */
type SchemaIssue = {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of `unrecognized_keys`. */
  readonly keys?: readonly string[];
  /** Of `invalid_union`: the faults of each member. */
  readonly errors?: readonly (readonly SchemaIssue[])[];
  /** Of `invalid_key`. */
  readonly issues?: readonly SchemaIssue[];
};

/**
 * One fault of a value as an error for people.
 *
 * @param schema JSON schema of the value, for the names of keys that may stand where an unknown one does
 * @param context where the value comes from, and what it is
 */
export function explainIssue(
  issue: SchemaIssue,
  value: unknown,
  schema: object,
  { origin, what }: { readonly origin: string; readonly what: string },
): UserError {
  const place = issue.path.join('.');
  const key = issue.code === 'unrecognized_keys' ? issue.keys?.[0] : undefined;
  if (key !== undefined) {
    const known = keysAt(issue.path, value, schema);
    const near = nearestName(key, known);
    return new UserError(`${origin}: unknown key '${key}'${place ? ` in ${place}` : ''}`, {
      hint: near ? `did you mean '${near}'?` : `known here: ${known.join(', ')}`,
    });
  }
  return new UserError(`${origin}: ${place || what}: ${describeIssue(issue)}`);
}

/** Of a union the messages of its members, of a key what is wrong with it: their own say nothing. */
function describeIssue(issue: SchemaIssue): string {
  if (issue.code === 'invalid_key') return `a bad name: ${issue.issues?.[0]?.message}`;
  const { errors = [] } = issue;
  if (issue.code !== 'invalid_union' || errors.length === 0) return issue.message;
  return errors.map(([first]) => first?.message ?? issue.message).join('; or ');
}

type JsonSchema = {
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
};

/** Names of the keys that may stand at a path of `value`, whose `kind`s decide between alternatives. */
function keysAt(path: readonly PropertyKey[], value: unknown, schema: object): string[] {
  let places = matching(schema, value);
  let at = value;
  for (const step of path) {
    at = (at as Record<PropertyKey, unknown>)[step];
    places = places
      .flatMap((place) => place.properties?.[String(step)] ?? [])
      .flatMap((place) => matching(place, at));
  }
  return [...new Set(places.flatMap((place) => Object.keys(place.properties ?? {})))];
}

/** The alternatives of a schema whose `kind`, if it has one, is that of the value. */
function matching(schema: JsonSchema, value: unknown): JsonSchema[] {
  return variants(schema).filter(({ properties }) => {
    const kind = properties?.kind?.const;
    return kind === undefined || kind === (value as { kind?: unknown }).kind;
  });
}

function variants(schema: JsonSchema): JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
}
