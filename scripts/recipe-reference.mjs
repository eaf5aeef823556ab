// The reference of recipes, docs/recipes.md, made of the schemas' own descriptions.

/**
 * @param library what the build exports: `KINDS`, `describeJsonSchema`, `describeOptions`, `optimizerOptions`, and the JSON
 *   schemas of whole recipes `training`, `study` and `redqueen`
 * @returns Markdown
 */
export function writeRecipeReference({ kinds, schemas, describeJsonSchema, ...library }) {
  const { describeOptions, optimizerOptions } = library;
  const { training, study, redqueen } = schemas;
  const table = (schema) => writeTable(describeJsonSchema(schema));
  const stage = training.properties.stages.additionalProperties.anyOf.find(
    ({ properties }) => properties,
  );
  const kindSections = (registry, options) =>
    Object.values(registry).flatMap((definition) => [
      `### \`${definition.kind}\``,
      `${definition.description} Source: ${definition.source}.`,
      writeTable(options(definition)),
    ]);
  return `${[
    '<!-- Generated from the schemas by `npm run reference`: change the descriptions there. -->',
    '# Recipe reference',
    PREFACE,
    '## Training run',
    'A model that goes through stages. `primordia train FILE` runs it.',
    table(withoutVariants(training, ['model', 'data', 'stages'])),
    '## Stage',
    'A stage of a training run: an entry of `stages`, by its name.',
    table(withoutVariants(stage, ['data', 'algorithm', 'optimizer'])),
    '## Models',
    'Options of `model`, beside its `kind`. The default kind is `llama`.',
    ...kindSections(kinds.models, ({ options }) => describeOptions(options)),
    '## Data',
    'Options of `data`, beside its `kind`. Sequences of worlds and tasks are generated from the seed; the other data are read from files.',
    ...kindSections(kinds.data, ({ options }) => describeOptions(options)),
    '## Algorithms',
    'Options of `algorithm`, beside its `kind`. The default kind is `next-token`.',
    ...kindSections(kinds.algorithms, ({ options }) => describeOptions(options)),
    '## Optimizers',
    'Options of `optimizer`, beside its `kind`. The default kind is `adamw`.',
    ...kindSections(kinds.optimizers, (definition) =>
      describeOptions(optimizerOptions(definition)),
    ),
    '## Study',
    'Combinations of changes to a base recipe, under several seeds. `primordia study FILE` runs it.',
    table(study),
    '## Arms race',
    'Core War programs that evolve against all earlier champions. `primordia drq FILE` runs it.',
    table(withoutVariants(redqueen, ['mutator'])),
    '## Mutators',
    'Options of `mutator` in an arms race, beside its `kind`. The default kind is `genetic`.',
    ...kindSections(kinds.mutators, ({ options }) => describeOptions(options)),
  ].join('\n\n')}\n`;
}

const PREFACE = `A recipe is a \`.json\` file, or a \`.js\` file whose default export is plain data. It lists only what differs from the
defaults, and can change another recipe, which it names with \`extends\`. \`--set key.path=value\` changes it on the command line.
\`npx primordia list recipes NAME\` shows a recipe with every default filled in; \`npx primordia list recipes nca-tiny > mine.json\`
writes one to start from.

Editors complete and check a JSON recipe that names the schema:

\`\`\`json
{
  "$schema": "./node_modules/primordia/dist/recipe.schema.json",
  "extends": "nca-tiny"
}
\`\`\`

A recipe that extends an arms race or a study should also state its \`kind\`, because an editor does not read the recipe that is
extended. With plugins, \`npx primordia list schema --plugin FILE > recipe.schema.json\` writes a schema that knows their kinds.

Keys of nested objects are written with dots. A key without a default may be left out, unless it is required. By default a
recipe has the name of its file.`;

/** The schema with some of its keys described elsewhere. */
function withoutVariants(schema, keys) {
  const properties = Object.fromEntries(
    Object.entries(schema.properties).map(([key, value]) => [
      key,
      keys.includes(key) ? { type: 'object', description: value.description } : value,
    ]),
  );
  return { ...schema, properties };
}

function writeTable(options) {
  if (options.length === 0) return 'It has no options.';
  const rows = options.map(({ key, type, required, description, of, default: value }) => {
    const given = required
      ? '*required*'
      : value === undefined || isEmpty(value)
        ? ''
        : code(JSON.stringify(value));
    const only = of ? ` Of kind ${of.map(code).join(', ')}.` : '';
    const text = `${description}${only && !/[.!?]$/.test(description) ? '.' : ''}${only}`;
    return `| ${[code(key), code(type), given, escapeText(text)].join(' | ')} |`;
  });
  return ['| key | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** An object whose keys have defaults of their own. */
const isEmpty = (value) => JSON.stringify(value) === '{}';
const escapeText = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').trim();
const code = (text) => `\`${text.replaceAll('|', '\\|')}\``;
