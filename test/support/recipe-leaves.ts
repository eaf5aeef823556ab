// The keys that a recipe's JSON schema knows.

type JsonSchema = {
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
};

/** Names of all leaves of a schema: `text.tokenizer(bpe).vocabSize` is a key of one alternative. */
export function listLeaves(schema: JsonSchema, name = ''): string[] {
  // What may be null is a union of itself and null.
  const inner = schema.anyOf?.find(({ properties, oneOf }) => properties || oneOf);
  if (inner) return listLeaves(inner, name);
  if (schema.oneOf) {
    const kinds = schema.oneOf.map((variant) => variant.properties!.kind!.const);
    return [
      `${name}.kind`,
      ...schema.oneOf.flatMap((variant, i) =>
        listLeaves(variant, `${name}(${kinds[i]})`).filter((leaf) => !leaf.endsWith(').kind')),
      ),
    ];
  }
  if (!schema.properties) return [name];
  return Object.entries(schema.properties).flatMap(([key, child]) =>
    listLeaves(child, name ? `${name}.${key}` : key),
  );
}
