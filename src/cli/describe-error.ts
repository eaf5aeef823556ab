// The texts, for people and for programs, of an error that ended a command.

import { UserError } from '../core/index.ts';

/** Upper limit of a message, since errors may quote a whole file. */
const MAX_CHARACTERS = 2000;

type DescribedError = {
  /** For standard error: one line, and with `debug` where the error came from. */
  readonly text: string;
  /** For standard output with `--json`: one line with `error` and `hint`. */
  readonly json?: string;
};

/** Describes anything that can be thrown. Anything but a `UserError` is an internal error; the text says what to do about it. */
export function describeError(
  error: unknown,
  options: { readonly debug: boolean; readonly json: boolean },
): DescribedError {
  const { message, stack } = error instanceof Error ? error : new Error(showThrown(error));
  const isInternal = !(error instanceof UserError);
  const shown = shorten(message);
  const hint = isInternal ? (options.debug ? '' : INTERNAL_HINT) : (error.hint ?? '');
  const kind = isInternal ? 'internal error' : 'error';
  const line = `${kind}: ${shown.replaceAll('\n', ' ')}${hint === '' ? '' : ` (${hint})`}\n`;
  const text = options.debug ? `${line}${stack}\n` : line;
  if (!options.json) return { text };
  const prefix = isInternal ? 'internal error: ' : '';
  return { text, json: `${JSON.stringify({ error: `${prefix}${shown}`, hint })}\n` };
}

const INTERNAL_HINT = 'run the same command with --debug, and report what it prints';

function showThrown(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'a value without a message was thrown';
  }
}

function shorten(message: string): string {
  if (message.length <= MAX_CHARACTERS) return message;
  return `${message.slice(0, MAX_CHARACTERS)}… (${message.length - MAX_CHARACTERS} characters more)`;
}
