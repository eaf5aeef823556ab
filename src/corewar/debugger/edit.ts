// A typed instruction, assembled for an address: with the labels of the warriors, and what was defined while debugging.

import { UserError } from '../../core/index.ts';
import type { Instruction } from '../instruction.ts';
import { OPCODES } from '../instruction.ts';
import { assemble } from '../parse/assemble.ts';
import type { Registers } from '../parse/expressions.ts';
import type { CoreSettings } from '../settings.ts';

export type Definitions = {
  /** Addresses of labels that were typed. */
  readonly labels: Map<string, number>;
  /** Lines with EQU, by name. */
  readonly equates: Map<string, readonly string[]>;
  lastEquate: string | null;
};

export type EditContext = {
  readonly settings: CoreSettings;
  readonly rules: '94' | '88';
  readonly registers: Registers;
  readonly definitions: Definitions;
  /** The address of a label of the warriors. */
  readonly label: (name: string) => number | undefined;
};

const NAME = /[A-Za-z_]\w*/g;
const MAX_DEFINITIONS = 1000;
const KEYWORDS: ReadonlySet<string> = new Set([
  ...OPCODES,
  'EQU',
  'ORG',
  'END',
  'FOR',
  'ROF',
  'PIN',
]);

export function createDefinitions(): Definitions {
  return { labels: new Map(), equates: new Map(), lastEquate: null };
}

/**
 * The instructions of a line at `address`: several where an EQU of several lines is in it, none where it is a definition.
 *
 * @throws UserError saying what is wrong with the line
 */
export function assembleLine(
  text: string,
  address: number,
  context: EditContext,
): readonly Instruction[] {
  const { definitions, settings, rules, registers } = context;
  const words = [...text.matchAll(NAME)];
  const names = words.map(([name]) => name);
  const end = names.findIndex((name) => KEYWORDS.has(name.toUpperCase()));
  const keyword = names[end]?.toUpperCase();
  const own = end < 0 ? [] : names.slice(0, end);
  if (keyword === 'EQU' && !text.includes(';')) {
    define(own, text.slice(words[end]!.index), definitions);
    return [];
  }
  definitions.lastEquate = null;
  const head = collectDefinitions(names, own, address, context);
  const source = [...head, text].join('\n');
  const result = assemble(source, { settings, rules, registers });
  if (result.warrior === null) {
    const error = result.diagnostics.find(({ severity }) => severity === 'error');
    const hint = error?.hint === undefined ? {} : { hint: error.hint };
    throw new UserError(error?.message ?? 'this is not an instruction', hint);
  }
  for (const name of own) {
    if (!result.symbols.labels.has(name)) continue;
    definitions.equates.delete(name);
    if (definitions.labels.size < MAX_DEFINITIONS) definitions.labels.set(name, address);
  }
  return result.warrior.instructions;
}

/** Whether a line reads the same at every address, and each time. */
export function isPlaceless(text: string, { definitions, label }: EditContext): boolean {
  const names = text.match(NAME) ?? [];
  const isNamed = (name: string) =>
    definitions.labels.has(name) || definitions.equates.has(name) || label(name) !== undefined;
  const isKeyword = (name: string) => KEYWORDS.has(name.toUpperCase());
  return !text.includes('=') && !names.some((name) => isNamed(name) && !isKeyword(name));
}

/** `body` begins with EQU. */
function define(own: readonly string[], body: string, definitions: Definitions): void {
  const name = own[0] ?? definitions.lastEquate;
  if (name === null) throw new UserError('EQU needs a name before it');
  const before = own.length === 0 ? (definitions.equates.get(name) ?? []) : [];
  if (definitions.equates.size >= MAX_DEFINITIONS || before.length >= MAX_DEFINITIONS) {
    throw new UserError(`there are more than ${MAX_DEFINITIONS} definitions`);
  }
  definitions.labels.delete(name);
  definitions.equates.set(name, [...before, body]);
  definitions.lastEquate = name;
}

/** EQUs for the names in a line, and for the names in those; labels as offsets from the address. */
function collectDefinitions(
  names: readonly string[],
  own: readonly string[],
  address: number,
  { definitions, label }: EditContext,
): string[] {
  const lines: string[] = [];
  const seen = new Set(own);
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const equate = definitions.equates.get(name);
    const target = definitions.labels.get(name) ?? label(name);
    if (equate !== undefined) {
      lines.push(...equate.map((body, i) => (i === 0 ? `${name} ${body}` : body)));
      for (const body of equate) open.push(...(body.match(NAME) ?? []));
    } else if (target !== undefined && !KEYWORDS.has(name.toUpperCase())) {
      lines.push(`${name} EQU (0${target < address ? '-' : '+'}${Math.abs(target - address)})`);
    }
  }
  return lines;
}
