// Explains the errors of schemas to users.

import { nearestName, UserError } from './errors.ts';

/** An issue of a zod schema; declared here so that this folder does not depend on the package. */
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
  /** Of a union whose members have a key that tells them apart. */
  readonly discriminator?: string | undefined;
};

/**
 * An issue of a value as an error for users.
 *
 * @param schema JSON schema of the value, for the names of keys that may stand where an unknown one does
 * @param context where the value comes from, and what it is
 */
export function explainIssue(
  found: SchemaIssue,
  value: unknown,
  schema: object,
  { origin, what }: { readonly origin: string; readonly what: string },
): UserError {
  const issue = innermost(found);
  const place = issue.path.join('.');
  const key = issue.code === 'unrecognized_keys' ? issue.keys?.[0] : undefined;
  if (key !== undefined) {
    const known = keysAt(issue.path, value, schema);
    const near = nearestName(key, known);
    return new UserError(`${origin}: unknown key '${key}'${place ? ` in ${place}` : ''}`, {
      hint: near ? `did you mean '${near}'?` : `known here: ${known.join(', ')}`,
    });
  }
  if (issue.discriminator !== undefined && issue.path.at(-1) === issue.discriminator) {
    const kind = explainKind(issue.path, value, schema);
    if (kind) return new UserError(`${origin}: ${place}: ${kind.message}`, { hint: kind.hint });
  }
  return new UserError(`${origin}: ${place || what}: ${describeIssue(issue)}`);
}

/** Where only one member of a union takes values of this type, what that one finds. */
function innermost(issue: SchemaIssue): SchemaIssue {
  const { errors = [] } = issue;
  const inside = errors.filter(
    ([first]) => first && (first.path.length > 0 || first.code === 'unrecognized_keys'),
  );
  if (issue.code !== 'invalid_union' || inside.length !== 1) return issue;
  const [first] = inside[0]!;
  return innermost({ ...first!, path: [...issue.path, ...first!.path] });
}

/** What is wrong with the key that tells the members of a union apart. */
function explainKind(path: readonly PropertyKey[], value: unknown, schema: object) {
  const key = String(path.at(-1));
  const { given, places } = schemasAt(path.slice(0, -1), value, schema);
  const known = places
    .flatMap(variants)
    .map(({ properties }) => properties?.[key]?.const)
    .filter((name) => typeof name === 'string');
  if (known.length === 0) return null;
  const found = (given as Readonly<Record<string, unknown>> | undefined)?.[key];
  if (found === undefined) {
    return { message: 'it is missing', hint: `there are: ${known.join(', ')}` };
  }
  const near = nearestName(String(found), known);
  return {
    message: `there is no ${key} '${String(found)}'`,
    hint: near ? `did you mean '${near}'?` : `there are: ${known.join(', ')}`,
  };
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
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
};

/** Names of the keys that may stand at a path of `value`, whose `kind`s decide between alternatives. */
function keysAt(path: readonly PropertyKey[], value: unknown, schema: object): string[] {
  const { given, places } = schemasAt(path, value, schema);
  const fitting = places.flatMap((place) => matching(place, given));
  return [...new Set(fitting.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

/** What stands at a path of `value`, and the schemas that it may follow. */
function schemasAt(path: readonly PropertyKey[], value: unknown, schema: object) {
  let places: JsonSchema[] = [schema];
  let given = value;
  for (const step of path) {
    const fitting = places.flatMap((place) => matching(place, given));
    places = fitting.flatMap((place) => childOf(place, String(step)));
    given = (given as Readonly<Record<PropertyKey, unknown>> | undefined)?.[step];
  }
  return { given, places };
}

/** The schema of a key, of a name in a record, or of an item. */
function childOf(
  { properties, additionalProperties, items }: JsonSchema,
  key: string,
): JsonSchema[] {
  const found = properties?.[key] ?? items ?? additionalProperties;
  return typeof found === 'object' ? [found] : [];
}

/** The alternatives of a schema whose `kind`, if it has one, is that of the value. */
function matching(schema: JsonSchema, value: unknown): JsonSchema[] {
  return variants(schema).filter(({ properties }) => {
    const kind = properties?.kind?.const;
    return kind === undefined || kind === (value as { kind?: unknown }).kind;
  });
}

function variants(schema: JsonSchema): JsonSchema[] {
  const members = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [schema, ...members.flatMap(variants)];
}
