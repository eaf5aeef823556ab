// From the entries of a recipe to registries that have the plugins' kinds too.

import { UserError } from '../core/index.ts';
import type { Definition, Registry } from '../core/registry.ts';
import type { PluginRecord } from '../run/provenance.ts';
import { listDefinitions, type PluginDefinition } from './check-plugin.ts';
import { findPlugin } from './find-plugin.ts';
import { hashPlugin } from './hash-plugin.ts';
import { importPlugin } from './import-plugin.ts';
import { type PluginRegistries, SECTIONS } from './plugin.ts';

export type LoadedPlugins<R> = {
  readonly registries: R;
  /** In the order of the entries. */
  readonly records: readonly PluginRecord[];
};

export type LoadOptions = {
  /** The kinds of data that worlds are, so that a plugin's world is data too, and other worlds can be made of it. */
  readonly dataOf?: (worlds: Registry<never>) => Registry;
};

/**
 * Imports plugins in this thread, each once, and adds what they define.
 *
 * @param entries paths from `baseFolder`, or names of packages installed there or above
 * @throws UserError if one is missing or cannot be loaded, does not follow a contract, or has a kind that there is
 */
export async function loadPlugins<R extends PluginRegistries>(
  entries: readonly string[],
  baseFolder: string,
  registries: R,
  { dataOf }: LoadOptions = {},
): Promise<LoadedPlugins<R>> {
  const places = new Map(
    entries.map((entry) => findPlugin(entry, baseFolder)).map((place) => [place.file, place]),
  );
  const records: PluginRecord[] = [];
  const owners = new Map<string, string>();
  let extended: PluginRegistries = registries;
  for (const place of places.values()) {
    // Hashed first: what is noted is what was there before its code ran.
    const record = hashPlugin(place);
    records.push(record);
    const exported = await importPlugin(
      place,
      record.files.map(({ file }) => file),
    );
    extended = addDefinitions(extended, exported, place.name, owners);
  }
  return { registries: withDataOf(extended as R, registries, dataOf), records };
}

/**
 * Registries with what a plugin defines, which was imported already or is made in the same program.
 *
 * @param exported what the default export of its module is
 * @param name the plugin, for messages
 * @throws UserError where it does not follow a contract, or has a kind that there is
 */
export function addToRegistries<R extends PluginRegistries>(
  registries: R,
  exported: unknown,
  name: string,
  { dataOf }: LoadOptions = {},
): R {
  const extended = addDefinitions(registries, exported, name, new Map());
  return withDataOf(extended as R, registries, dataOf);
}

function addDefinitions(
  registries: PluginRegistries,
  exported: unknown,
  name: string,
  owners: Map<string, string>,
): PluginRegistries {
  return listDefinitions(exported, name).reduce(
    (extended, found) => addKind(extended, found, name, owners),
    registries,
  );
}

/** Worlds that were added are data too. */
function withDataOf<R extends PluginRegistries>(
  extended: R,
  before: R,
  dataOf: LoadOptions['dataOf'],
): R {
  const { worlds, data } = extended;
  if (!dataOf || !worlds || !data || worlds === before.worlds) return extended;
  return { ...extended, data: { ...data, ...dataOf(worlds as Registry<never>) } };
}

/** @param owners the plugin that a kind came with, by section and kind */
function addKind(
  registries: PluginRegistries,
  { section, definition }: PluginDefinition,
  plugin: string,
  owners: Map<string, string>,
): PluginRegistries {
  const { kind } = definition;
  const isData = section === 'worlds' || section === 'data';
  // Worlds are data: a recipe's `data` names both.
  for (const where of isData ? (['worlds', 'data'] as const) : [section]) {
    if (!Object.hasOwn(registries[where] ?? {}, kind)) continue;
    const owner = owners.get(`${where} ${kind}`);
    throw new UserError(
      `the plugin ${plugin} defines the ${SECTIONS[section]} '${kind}', which ` +
        (owner === undefined ? 'comes with the package' : `the plugin ${owner} has defined`),
      { hint: 'give it another kind' },
    );
  }
  const own: Registry<Definition> | undefined = registries[section];
  if (own === undefined) return registries;
  owners.set(`${section} ${kind}`, plugin);
  return { ...registries, [section]: { ...own, [kind]: definition } };
}
