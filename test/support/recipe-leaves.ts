// The keys that a recipe's JSON schema knows.

type JsonSchema = {
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
};

/**
 * Names of all leaves of a schema: `text.tokenizer(bpe).vocabSize` is a key of one alternative, `stages.*.steps` one below
 * any name.
 */
export function listLeaves(schema: JsonSchema, name = ''): string[] {
  const { anyOf, oneOf, properties, additionalProperties: others } = schema;
  if (anyOf) {
    // What may be null, or a word, is a union of itself and these.
    const inner = anyOf.filter((one) => one.properties || one.oneOf);
    const words = anyOf.some((one) => typeof one.const === 'string');
    const own = inner.length === 0 || words ? [name] : [];
    return [...own, ...inner.flatMap((one) => listLeaves(one, name))];
  }
  if (oneOf) {
    const kinds = oneOf.map((variant) => variant.properties!.kind!.const);
    return [
      `${name}.kind`,
      ...oneOf.flatMap((variant, i) =>
        listLeaves(variant, `${name}(${kinds[i]})`).filter((leaf) => !leaf.endsWith(').kind')),
      ),
    ];
  }
  if (typeof others === 'object' && !properties) return listLeaves(others, `${name}.*`);
  if (!properties) return [name];
  return Object.entries(properties).flatMap(([key, child]) =>
    listLeaves(child, name ? `${name}.${key}` : key),
  );
}
