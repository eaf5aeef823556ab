// Describes a schema of options: each key with its type, default and meaning.

import { z } from 'zod';

/** A key of a kind's options; keys inside objects have dots. */
export type OptionInfo = {
  readonly key: string;
  readonly type: string;
  /** Absent if there is none: the key may be left out, or follows from others. */
  readonly default?: unknown;
  readonly required: boolean;
  readonly description: string;
  /** Kinds of the object that it is a key of, where only some have it. */
  readonly of?: readonly string[];
};

type Json = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
  readonly items?: Json;
  readonly prefixItems?: readonly Json[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Json | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
  readonly description?: string;
};

/** The keys of an options schema, in its order. */
export function describeOptions(options: z.ZodType): OptionInfo[] {
  return describeJsonSchema(z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }));
}

/** The keys of an object's JSON schema, in its order. */
export function describeJsonSchema(schema: object): OptionInfo[] {
  return keysOf(schema as Json);
}

function keysOf({ properties = {}, required = [] }: Json, prefix = ''): OptionInfo[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const key = `${prefix}${name}`;
    const own: OptionInfo = {
      key,
      type: typeOf(schema),
      ...(schema.default === undefined ? {} : { default: schema.default }),
      required: required.includes(name) && schema.default === undefined,
      description: schema.description ?? '',
    };
    return [own, ...innerKeys(schema, `${key}.`)];
  });
}

/** Keys of an object, or of the alternatives of one: once where they are the same there. */
function innerKeys(schema: Json, prefix: string): OptionInfo[] {
  const variants = alternatives(schema).filter(({ properties }) => properties !== undefined);
  const found = variants.flatMap((variant) => {
    const kind = variant.properties!.kind?.const;
    const own = keysOf(variant, prefix).filter(
      ({ key }) => kind === undefined || key !== `${prefix}kind`,
    );
    return own.map((info) => ({ info, kind }));
  });
  const texts = found.map(({ info }) => JSON.stringify(info));
  return [...new Set(texts)].map((text) => {
    const group = found.filter((_, i) => texts[i] === text);
    const of = group.flatMap(({ kind }) => (kind === undefined ? [] : [String(kind)]));
    const { info } = group[0]!;
    return variants.length === group.length ? info : { of, ...info };
  });
}

const alternatives = (schema: Json): readonly Json[] => schema.anyOf ?? schema.oneOf ?? [schema];

/** The values that a schema takes, in a word or two. */
function typeOf(schema: Json): string {
  const parts = alternatives(schema);
  if (parts.length > 1) {
    const kinds = parts.map(({ properties }) => properties?.kind?.const);
    return kinds.every((kind) => kind !== undefined)
      ? `object of kind ${kinds.join(' | ')}`
      : [...new Set(parts.map(typeOf))].join(' | ');
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  switch (schema.type) {
    case 'integer':
    case 'number':
      return `${schema.type}${rangeOf(schema)}`;
    case 'array':
      if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(', ')}]`;
      return schema.items ? `list of ${typeOf(schema.items)}` : 'list';
    default:
      return schema.type ?? 'any';
  }
}

/** Larger limits are those of numbers themselves. */
const NO_LIMIT = 1e12;

/** Limits of a number, where there are any. */
function rangeOf(schema: Json): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const limits = [
    ['≥', minimum],
    ['>', exclusiveMinimum],
    ['≤', maximum],
    ['<', exclusiveMaximum],
  ] as const;
  const shown = limits
    .filter(([, limit]) => limit !== undefined && Math.abs(limit) < NO_LIMIT)
    .map(([sign, limit]) => `${sign} ${limit!.toLocaleString('en-US')}`);
  return shown.length === 0 ? '' : ` ${shown.join(', ')}`;
}
