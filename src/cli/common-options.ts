// Options that every command has, and how their values are read.

import { type Command, InvalidArgumentError } from 'commander';

export type CommonOptions = { readonly json?: boolean; readonly debug?: boolean };

export function addCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON object per line, for programs')
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
export function parsePositiveInteger(value: string): number {
  const number = parseInteger(value);
  if (number === 0) throw new InvalidArgumentError('a whole number, 1 or more, is needed.');
  return number;
}

/** A port of TCP; 0 is one that is free. */
export function parsePort(value: string): number {
  const number = parseInteger(value);
  if (number > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return number;
}

export function parseNumber(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) {
    throw new InvalidArgumentError('a number is needed.');
  }
  return number;
}

const COUNT_UNITS = { '': 1, k: 1e3, M: 1e6, G: 1e9 } as const;

/** A count, 1 or more, in units if need be: `164M`, `1.5G`, `512k`. */
export function parseCount(value: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(value.trim()) ?? [];
  // A decimal fraction times a power of ten is a whole number except for rounding.
  const number = Number(digits) * COUNT_UNITS[(unit ?? '') as keyof typeof COUNT_UNITS];
  const whole = Math.round(number);
  if (!Number.isSafeInteger(whole) || whole < 1 || Math.abs(number - whole) > 1e-6) {
    throw new InvalidArgumentError(
      'a count of at least 1 is needed, such as 4096, 512k, 164M or 1G.',
    );
  }
  return whole;
}
