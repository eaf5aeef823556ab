// Reading fields of a config.json from an untrusted source.

import { UserError } from '../../core/index.ts';

export type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SHOWN = 80;

/** A value as JSON, on one line of readable length. */
export function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** @throws UserError unless the field (or `fallback`, if it is absent or null) is a number that `accepts` accepts */
export function readNumber(
  json: Json,
  name: string,
  source: string,
  fallback: number | undefined,
  accepts: (value: number) => boolean,
  wanted: string,
): number {
  const value = json[name] ?? fallback;
  if (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (value === fallback || accepts(value))
  ) {
    return value;
  }
  throw new UserError(`${source}: ${name} must be ${wanted}, got ${show(value)}`, {
    hint: 'give the config.json of a Llama model',
  });
}

/** @throws UserError unless the field is true, false, null or absent; the last two are false */
export function readFlag(json: Json, name: string, source: string): boolean {
  const value = json[name] ?? false;
  if (typeof value === 'boolean') return value;
  throw new UserError(`${source}: ${name} must be true or false, got ${show(value)}`);
}

export function isPositiveInteger(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

export function unsupported(source: string, what: string): UserError {
  return new UserError(`${source}: ${what}`, {
    hint: 'the model would compute something else here; choose a plain Llama checkpoint',
  });
}

/**
 * The one of `known` (`model_type` to its name in `architectures`) that a config.json describes.
 *
 * @throws UserError naming all of them if it describes none
 */
export function findModelType(
  { architectures, model_type: type }: Json,
  known: Readonly<Record<string, string>>,
  source: string,
): string {
  const named = Array.isArray(architectures) ? architectures : [];
  const types = Object.keys(known);
  const found =
    named.length > 0
      ? types.find((key) => named.includes(known[key]))
      : types.find((key) => key === type);
  if (found !== undefined) return found;
  const what =
    named.length > 0 ? show(named.length === 1 ? named[0] : named) : `model_type ${show(type)}`;
  throw new UserError(
    `${source}: the model is ${what}; known are ${Object.values(known).join(', ')}`,
    { hint: 'choose a checkpoint of one of these architectures' },
  );
}
