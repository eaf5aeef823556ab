// Faults that a schema finds, in words for people.

import type { z } from 'zod';
import { nearestName, UserError } from '../core/index.ts';

/**
 * One fault of a value as an error for people.
 *
 * @param schema JSON schema of the value, for the names of keys that may stand where an unknown one does
 * @param context where the value comes from, and what it is
 */
export function explainIssue(
  issue: z.core.$ZodIssue,
  value: unknown,
  schema: object,
  { origin, what }: { readonly origin: string; readonly what: string },
): UserError {
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = keysAt(issue.path, value, schema);
    const near = nearestName(key, known);
    return new UserError(`${origin}: unknown key '${key}'${place ? ` in ${place}` : ''}`, {
      hint: near ? `did you mean '${near}'?` : `known here: ${known.join(', ')}`,
    });
  }
  return new UserError(`${origin}: ${place || what}: ${describeIssue(issue)}`);
}

/** Of a union the messages of its members, of a key what is wrong with it: their own say nothing. */
function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return `a bad name: ${issue.issues[0]?.message}`;
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue.message;
  return issue.errors.map(([first]) => first?.message ?? issue.message).join('; or ');
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
