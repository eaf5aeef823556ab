// `primordia list`: the kinds that recipes can name, with their options, and the recipes that come with the package.

import { type Command, InvalidArgumentError } from 'commander';
import { nearestName, UserError } from '../../core/index.ts';
import type { Registry } from '../../core/registry.ts';
import {
  describeOptions,
  KINDS,
  type Kinds,
  loadKinds,
  type OptionInfo,
  pluginSettings,
  readPluginFlags,
} from '../../plugins/index.ts';
import { listRecipes } from '../../run/index.ts';
import { optimizerOptions } from '../../training/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { describeRecipeFile, resolveRecipeFile } from '../describe-recipe-file.ts';
import { createOutput, type Output } from '../output.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';
import { createRecipeSchema, RECIPE_SCHEMA_PATH } from '../recipe-schema.ts';

const REGISTRIES = Object.keys(KINDS) as (keyof Kinds)[];
const LISTS = [...REGISTRIES, 'recipes', 'schema'] as const;
type List = (typeof LISTS)[number];

type ListOptions = CommonOptions & PluginOptions;

export function addList(program: Command): void {
  const list = program
    .command('list')
    .description(
      'list models, worlds and all other kinds that recipes can name, with their options',
    )
    .argument('[what]', LISTS.join(', '), parseList)
    .argument('[name]', 'one of them, with every key, its default and its meaning')
    .addHelpText(
      'after',
      `
Examples:
  primordia list
  primordia list worlds
  primordia list models llama
  primordia list recipes nca-tiny      the recipe with all of its defaults
  primordia list schema                the JSON schema of recipes, for editors
  primordia list mutators --json`,
    );
  addPluginOption(list);
  addCommonOptions(list).action(
    async (what: List | undefined, name: string | undefined, options: ListOptions) => {
      const output = createOutput(options);
      const entries = readPluginFlags(options.plugin);
      const { registries } = await loadKinds(entries, process.cwd());
      if (what === undefined) listEverything(output, registries);
      else if (what === 'schema') showSchema(output, registries);
      else if (what === 'recipes') await listRecipeFiles(output, name, options);
      else if (name === undefined) listKinds(output, registries, what);
      else showKind(output, registries, what, name);
    },
  );
}

function parseList(value: string): List {
  if ((LISTS as readonly string[]).includes(value)) return value as List;
  const near = nearestName(value, LISTS);
  throw new InvalidArgumentError(
    near ? `Did you mean '${near}'?` : `There are: ${LISTS.join(', ')}.`,
  );
}

/** The JSON schema of recipes as files have them. */
function showSchema(output: Output, kinds: Kinds): void {
  const schema = createRecipeSchema(kinds);
  output.result(schema, JSON.stringify(schema, null, 2), { exact: true });
}

function listEverything(output: Output, kinds: Kinds): void {
  const names = {
    ...Object.fromEntries(REGISTRIES.map((what) => [what, Object.keys(kinds[what])])),
    recipes: listRecipes(),
  };
  const rows = Object.entries(names).map(([what, all]) => [what, all.join(', ')]);
  output.result(names, alignColumns(rows));
}

function listKinds(output: Output, kinds: Kinds, what: keyof Kinds): void {
  const found = Object.values(kinds[what]).map(({ kind, source, description }) => ({
    kind,
    source,
    description,
    // Those of the package are documented elsewhere too.
    plugin: !Object.hasOwn(KINDS[what], kind),
  }));
  const rows = found.map(({ kind, source, description, plugin }) => [
    kind,
    `${description} (${source}${plugin ? '; of a plugin' : ''})`,
  ]);
  const more = `Keys of one of them, with defaults and meanings: primordia list ${what} NAME`;
  output.result({ list: what, kinds: found }, `${alignColumns(rows)}\n\n${more}`);
}

function showKind(output: Output, kinds: Kinds, what: keyof Kinds, name: string): void {
  const registry: Registry = kinds[what];
  if (!Object.hasOwn(registry, name)) {
    const near = nearestName(name, Object.keys(registry));
    throw new UserError(`there is no '${name}' among ${what}`, {
      hint: near ? `did you mean '${near}'?` : `there are: ${Object.keys(registry).join(', ')}`,
    });
  }
  const definition = registry[name]!;
  const { kind, source, description } = definition;
  const isOptimizer = what === 'optimizers';
  const found = describeOptions(isOptimizer ? optimizerOptions(definition) : definition.options);
  const head = `${kind}: ${description}\nSource: ${source}`;
  const text = found.length === 0 ? 'It has no options.' : describeKeys(found);
  output.result({ list: what, kind, source, description, options: found }, `${head}\n\n${text}`);
}

function describeKeys(options: readonly OptionInfo[]): string {
  const rows = options.map(({ key, type, default: value, required, description, of }) => [
    key,
    [
      description,
      of ? `${description.endsWith('.') ? '' : '.'} Of kind ${of.join(' and ')}.` : '',
      ` [${type}${value === undefined ? '' : `; default ${JSON.stringify(value)}`}${required ? '; required' : ''}]`,
    ]
      .join('')
      .trimStart(),
  ]);
  return alignColumns(rows);
}

async function listRecipeFiles(
  output: Output,
  name: string | undefined,
  { plugin }: ListOptions,
): Promise<void> {
  if (name !== undefined) {
    const resolved = await resolveRecipeFile(name, pluginSettings(plugin));
    const recipe = hasPlugins(resolved) ? resolved : { $schema: RECIPE_SCHEMA_PATH, ...resolved };
    output.result(recipe, JSON.stringify(recipe, null, 2));
    return;
  }
  const recipes = await Promise.all(listRecipes().map(describeRecipeFile));
  const rows = recipes.map(({ name: own, description }) => [own, description]);
  const more = 'One of them with all of its defaults: primordia list recipes NAME';
  output.result({ list: 'recipes', recipes }, `${alignColumns(rows)}\n\n${more}`);
}

/** Whether a recipe may have kinds that the package's JSON schema does not know. */
function hasPlugins(recipe: object): boolean {
  type Part = { readonly plugins?: readonly string[] };
  const { base, plugins = base?.plugins } = recipe as Part & { readonly base?: Part };
  return plugins !== undefined && plugins.length > 0;
}

/** The first column as wide as its widest cell; what follows is for `wrapText` to break. */
function alignColumns(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([first]) => first!.length));
  return rows.map(([first, rest]) => `${first!.padEnd(width)}  ${rest}`).join('\n');
}
