// Fields of a form from a JSON schema, and options from what stands in them.

import { z } from 'zod';

/** How a value is entered. */
export type Input =
  | {
      readonly kind: 'number';
      readonly isInteger: boolean;
      /** Bounds that the schema has; null without one. */
      readonly low: number | null;
      readonly high: number | null;
      /** Whether `low` itself is not allowed. */
      readonly isAboveLow: boolean;
    }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  /** Values between commas. */
  | { readonly kind: 'list'; readonly isNumeric: boolean }
  /** One of some words, or something else. */
  | { readonly kind: 'word-or'; readonly words: readonly string[]; readonly other: Input }
  /** Fields by kind. */
  | {
      readonly kind: 'variants';
      readonly variants: readonly { readonly name: string; readonly fields: readonly Field[] }[];
    }
  /** Options whose kind a registry says. */
  | { readonly kind: 'open' }
  | { readonly kind: 'text' };

export type Field = {
  /** Where the value belongs in the options: `band.low`. */
  readonly path: string;
  readonly label: string;
  readonly description: string;
  readonly input: Input;
  /** What holds where nothing is entered, as text; `''` where there is nothing. */
  readonly initial: string;
};

/** What was entered, by paths of fields; what is not there has its default. */
export type Texts = Readonly<Record<string, string>>;

/** What of JSON schemas forms are made of. */
export type JsonSchema = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
};

/** The fields of the options of a kind. */
export function readFields(options: z.ZodObject, prefix = ''): Field[] {
  const schema = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return fieldsOf(schema, prefix);
}

function fieldsOf({ properties = {} }: JsonSchema, prefix: string): Field[] {
  return Object.entries(properties).map(([name, schema]) => ({
    path: prefix + name,
    label: name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    description: schema.description ?? '',
    input: inputOf(schema, `${prefix}${name}.`),
    initial: textOf(schema.default),
  }));
}

/** @param prefix of the paths of the fields within: `stages.text.` */
export function inputOf(schema: JsonSchema, prefix: string): Input {
  const members = schema.oneOf ?? schema.anyOf;
  if (members) return unionOf(members, prefix);
  if (schema.enum) return { kind: 'choice', values: schema.enum.map(String) };
  if (schema.const !== undefined) return { kind: 'choice', values: [String(schema.const)] };
  switch (schema.type) {
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return { kind: 'choice', values: ['false', 'true'] };
    case 'array':
      return { kind: 'list', isNumeric: schema.items?.type !== 'string' };
    case 'object':
      return { kind: 'open' };
    default:
      return { kind: 'text' };
  }
}

/** Bounds that are larger keep memory safe, and tell a reader nothing. */
const UNBOUNDED = 1e9;

function numberOf(schema: JsonSchema): Input {
  const isInteger = schema.type === 'integer';
  const { exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const bound = (value: number | undefined) =>
    value === undefined || Math.abs(value) >= UNBOUNDED ? null : value;
  // Of integers, those above 0 begin at 1.
  const low = isInteger && above !== undefined ? above + 1 : (schema.minimum ?? above);
  const high = isInteger && below !== undefined ? below - 1 : (schema.maximum ?? below);
  const isAboveLow = !isInteger && above !== undefined;
  return { kind: 'number', isInteger, low: bound(low), high: bound(high), isAboveLow };
}

function unionOf(members: readonly JsonSchema[], prefix: string): Input {
  if (members.every(({ properties }) => properties?.kind?.const !== undefined)) {
    return {
      kind: 'variants',
      variants: members.map(({ properties: { kind, ...rest } = {} }) => ({
        name: String(kind!.const),
        fields: fieldsOf({ properties: rest }, prefix),
      })),
    };
  }
  const words = members.flatMap(({ const: word, enum: some }) =>
    word === undefined ? (some ?? []).map(String) : [String(word)],
  );
  const others = members.filter((one) => one.const === undefined && one.enum === undefined);
  if (others.length === 0) return { kind: 'choice', values: words };
  const other = inputOf(others[0]!, prefix);
  return words.length === 0 ? other : { kind: 'word-or', words, other };
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return String((value as { kind?: unknown }).kind ?? '');
}

/**
 * The options that the texts stand for; only those that are entered. What is not of a field's type stays text, so that the
 * schema says what is wrong with it.
 */
export function readOptions(fields: readonly Field[], texts: Texts): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const { path, input } of fields) {
    const name = path.split('.').at(-1)!;
    if (input.kind === 'variants') {
      const kind = texts[`${path}.kind`];
      const variant = input.variants.find((one) => one.name === kind);
      if (kind === undefined) continue;
      options[name] = { kind, ...(variant && readOptions(variant.fields, texts)) };
    } else if (input.kind !== 'open') {
      const text = texts[path]?.trim();
      if (text !== undefined && text !== '') options[name] = parseText(input, text);
    }
  }
  return options;
}

/** The value that a text stands for; what is not of the type stays text. */
export function parseText(input: Input, text: string): unknown {
  switch (input.kind) {
    case 'number':
      return Number.isNaN(Number(text)) ? text : Number(text);
    case 'list': {
      const items = text.split(/[\s,]+/).filter((item) => item !== '');
      return input.isNumeric ? items.map((item) => Number(item)) : items;
    }
    case 'word-or':
      return input.words.includes(text) ? text : parseText(input.other, text);
    case 'choice':
      return text === 'true' || text === 'false' ? text === 'true' : text;
    default:
      return text;
  }
}

/** The bounds of a number in words; `''` where there are none. */
export function describeBounds(input: Input): string {
  if (input.kind === 'word-or') return describeBounds(input.other);
  if (input.kind !== 'number') return '';
  const { low, high, isAboveLow, isInteger } = input;
  const kind = isInteger ? 'whole number' : 'number';
  const from = isAboveLow ? `above ${low}` : `from ${low}`;
  if (low !== null && high !== null) return `${kind} ${from} to ${high}`;
  if (low !== null) return isAboveLow ? `${kind} ${from}` : `${kind}, ${low} or more`;
  return high === null ? kind : `${kind}, ${high} or less`;
}
