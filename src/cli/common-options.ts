// Options that every command has, and how their values are read.

import { type Command, InvalidArgumentError } from 'commander';

export type CommonOptions = { readonly json?: boolean; readonly debug?: boolean };

export function addCommonOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON object a line, for machines')
    .option('--debug', 'show where an error came from');
}

/** A whole number, 0 or more. */
export function parseInteger(value: string): number {
  const number = Number(value);
  // An empty value, such as an unset shell variable, would read as 0.
  if (value.trim() === '' || !Number.isSafeInteger(number) || number < 0) {
    throw new InvalidArgumentError('a whole number, 0 or more, is needed.');
  }
  return number;
}

/** A whole number, 1 or more. */
export function parseCount(value: string): number {
  const number = parseInteger(value);
  if (number === 0) throw new InvalidArgumentError('a whole number, 1 or more, is needed.');
  return number;
}

export function parseNumber(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) {
    throw new InvalidArgumentError('a number is needed.');
  }
  return number;
}
