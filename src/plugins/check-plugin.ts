// Checks that a plugin exports what the contracts require, with messages for its author.

import type { z } from 'zod';
import { nearestName, UserError } from '../core/index.ts';
import type { Definition } from '../core/registry.ts';
import { SECTIONS, type Section } from './plugin.ts';

type Member = { readonly name: string; readonly what: string; fits(value: unknown): boolean };

const isText = (value: unknown) => typeof value === 'string' && value.trim() !== '';
const isFunction = (value: unknown) => typeof value === 'function';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const method = (name: string): Member => ({ name, what: 'a function', fits: isFunction });
const text = (name: string): Member => ({ name, what: 'a text', fits: isText });

const COMMON: readonly Member[] = [
  {
    name: 'kind',
    what: 'a name of letters, digits, dots, dashes and underscores',
    fits: (value) => typeof value === 'string' && /^[A-Za-z0-9][\w.-]*$/.test(value),
  },
  text('source'),
  text('description'),
  {
    name: 'options',
    what: 'an object schema of zod 4, such as z.strictObject({ … })',
    fits: isObjectSchema,
  },
];

const OWN: { readonly [S in Section]: readonly Member[] } = {
  models: [method('create')],
  worlds: [method('create')],
  algorithms: [
    {
      name: 'metrics',
      what: 'an object of { unit, title, description } by name',
      fits: areMetrics,
    },
    ...['accepts', 'specs', 'open'].map(method),
  ],
  optimizers: [method('create')],
  data: [method('open')],
  mutators: [method('describe'), method('create')],
};

/** Keys of recipes that do not belong to the kind's options. */
const RESERVED: { readonly [S in Section]?: readonly string[] } = {
  optimizers: ['learningRate', 'schedule', 'clipNorm'],
};

function isObjectSchema(value: unknown): boolean {
  const { _zod: inside } = Object(value) as { readonly _zod?: { def?: { type?: unknown } } };
  return inside?.def?.type === 'object';
}

function areMetrics(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.values(value).every(
      (one) =>
        isObject(one) &&
        typeof one.unit === 'string' &&
        isText(one.title) &&
        isText(one.description),
    )
  );
}

/** A definition of a plugin, and what it is of. */
export type PluginDefinition = { readonly section: Section; readonly definition: Definition };

/**
 * The definitions of a plugin.
 *
 * @param exported the default export of its module
 * @param name the plugin, for messages
 * @throws UserError if it is nothing of the kind, naming the list, the definition and the member
 */
export function listDefinitions(exported: unknown, name: string): PluginDefinition[] {
  const known = Object.keys(SECTIONS).join(', ');
  if (!isObject(exported)) {
    throw new UserError(`the plugin ${name} does not export an object as default`, {
      hint: `a plugin ends in: export default { models: [ … ] }; it may have ${known}`,
    });
  }
  const found = Object.entries(exported).flatMap(([key, list]) => {
    if (key === 'name') return [];
    const section = requireSection(key, name);
    if (!Array.isArray(list)) {
      throw new UserError(`the plugin ${name}: ${key} is not a list`, {
        hint: `write ${key}: [ … ], each made with the package's define function`,
      });
    }
    return list.map((definition, i) => {
      checkDefinition(definition, section, `the plugin ${name}: ${key}[${i}]`);
      return { section, definition };
    });
  });
  if (found.length > 0) return found;
  throw new UserError(`the plugin ${name} is empty`, { hint: `it may have ${known}` });
}

function requireSection(key: string, name: string): Section {
  if (Object.hasOwn(SECTIONS, key)) return key as Section;
  const near = nearestName(key, Object.keys(SECTIONS));
  throw new UserError(`the plugin ${name} has '${key}', which is not something that plugins add`, {
    hint: near ? `did you mean '${near}'?` : `there are: ${Object.keys(SECTIONS).join(', ')}`,
  });
}

function checkDefinition(
  value: unknown,
  section: Section,
  place: string,
): asserts value is Definition {
  if (!isObject(value))
    throw new UserError(`${place} is not a definition of a ${SECTIONS[section]}`);
  const called = isText(value.kind) ? `${place} ('${value.kind}')` : place;
  for (const { name, what, fits } of [...COMMON, ...OWN[section]]) {
    if (fits(value[name])) continue;
    throw new UserError(
      value[name] === undefined
        ? `${called} has no ${name}`
        : `${called}: ${name} has the wrong type`,
      { hint: `${name} of a ${SECTIONS[section]} is ${what}` },
    );
  }
  const { shape } = (value as Definition<z.ZodObject>).options;
  const taken = ['kind', ...(RESERVED[section] ?? [])].find((key) => Object.hasOwn(shape, key));
  if (taken === undefined) return;
  throw new UserError(`${called}: options has the key '${taken}', which recipes use themselves`, {
    hint: 'give it another name',
  });
}
