// Where in a record its text is: the field of a JSON object, the column of a table.

import { nearestName, UserError } from '../core/index.ts';

/** Which part of a record is its text, and how errors call it. */
export type TextNaming = {
  /** The field or column. */
  readonly name: string;
  readonly kind: 'field' | 'column';
  /** How to choose another one, with NAME for it: "--text-field NAME". */
  readonly setting: string;
};

/**
 * The text of a JSON value: null if it is null, so that the record has none.
 *
 * @param where the file and line, for errors
 * @param what the file's element, for errors: "a line"
 * @throws UserError if it is not an object, or its field is missing or is not a string
 */
export function textOfRecord(
  record: unknown,
  where: string,
  what: string,
  naming: TextNaming,
): string | null {
  const { name } = naming;
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw new UserError(`${where}: ${what} must be a JSON object, with its text in "${name}"`);
  }
  const fields = record as Record<string, unknown>;
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof value === 'string' || value === null) return value;
  const texts = Object.keys(fields).filter((key) => typeof fields[key] === 'string');
  const problem =
    value === undefined ? `no field "${name}"` : `the field "${name}" is not a string`;
  throw notFound(where, problem, Object.keys(fields), texts, naming);
}

/**
 * An error that names what there is.
 *
 * @param names of all fields or columns
 * @param texts those that hold text, the likeliest first
 */
export function notFound(
  where: string,
  problem: string,
  names: readonly string[],
  texts: readonly string[],
  { name, kind, setting }: TextNaming,
): UserError {
  const candidates = texts
    .slice(0, MAX_CANDIDATES)
    .filter(({ length }) => length <= MAX_NAME_LENGTH);
  const suggestion = nearestName(name, candidates) ?? texts[0] ?? 'NAME';
  const shown = names.slice(0, MAX_NAMES).map(shorten).join(', ') || 'none';
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return new UserError(`${where}: ${problem}; ${kind}s present: ${shown}${more}`, {
    hint: `name the ${kind} that holds the text: ${setting.replaceAll('NAME', () => shorten(suggestion))}`,
  });
}

const MAX_NAMES = 20;
const MAX_CANDIDATES = 1000;
const MAX_NAME_LENGTH = 60;

/** A name on one line. */
function shorten(name: string): string {
  const line = name.replace(/\s+/g, ' ').trim();
  return line.length > MAX_NAME_LENGTH ? `${line.slice(0, MAX_NAME_LENGTH)}…` : line;
}
