// A command as it is typed, taken apart: what it hides, its word, its argument.

import { UserError } from '../../core/index.ts';
import { type CommandName, findCommand } from './commands.ts';

export type Command = {
  /** `screen`: shown only in the log file (`@`); `all`: nowhere (`&`). */
  readonly hidden: 'none' | 'screen' | 'all';
  /** `list` where nothing but a range is typed. */
  readonly name: CommandName;
  /** Without space around it. */
  readonly argument: string;
};

/** Marks of silence before a command. */
export function readSilence(text: string): Command['hidden'] {
  const first = text.trimStart()[0];
  return first === '@' ? 'screen' : first === '&' ? 'all' : 'none';
}

/** @throws UserError if there is no such command */
export function parseCommand(text: string): Command {
  const hidden = readSilence(text);
  const rest = (hidden === 'none' ? text : text.trimStart().slice(1)).trim();
  const word = /^[A-Za-z]*/.exec(rest)![0];
  const argument = rest.slice(word.length).trim();
  return { hidden, name: word === '' ? 'list' : findCommand(word), argument };
}

/** One or two expressions as they are typed; `hasComma` also where one is empty. */
type RangeText = { readonly from: string; readonly to: string; readonly hasComma: boolean };

export function splitRange(text: string): RangeText {
  const comma = text.indexOf(',');
  if (comma < 0) return { from: text.trim(), to: '', hasComma: false };
  return { from: text.slice(0, comma).trim(), to: text.slice(comma + 1).trim(), hasComma: true };
}

/** A range and the condition after its `if`. */
export function splitCondition(text: string): {
  readonly range: string;
  readonly condition: string | null;
} {
  const match = /(^|[^A-Za-z0-9_])if(?![A-Za-z0-9_])/i.exec(text);
  if (match === null) return { range: text, condition: null };
  const condition = text.slice(match.index + match[0].length).trim();
  if (condition === '') throw new UserError('an expression is missing after if');
  return { range: text.slice(0, match.index + match[1]!.length).trim(), condition };
}
