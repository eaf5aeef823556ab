// Macros: a name, and the chain of commands that it stands for.

import { UserError } from '../../core/index.ts';

export type Macros = Map<string, string>;

const MAX_MACROS = 2000;
const MAX_DEFINITION = 8192;

/** Takes the definitions `NAME=CHAIN` of a file or of typed lines; other lines are remarks. A `\` at its end continues a line. */
export function defineMacros(macros: Macros, text: string): void {
  let line = '';
  for (const piece of text.split(/\r\n|[\r\n]/)) {
    const isContinued = piece.endsWith('\\');
    line += isContinued ? piece.slice(0, -1) : piece;
    if (isContinued) continue;
    if (line !== '.') defineMacro(macros, line);
    line = '';
  }
  if (line !== '') defineMacro(macros, line);
}

function defineMacro(macros: Macros, line: string): void {
  const end = line.indexOf('=');
  if (end < 0) return;
  const name = macroName(line.slice(0, end));
  const definition = line.slice(end + 1);
  if (definition.length > MAX_DEFINITION) {
    throw new UserError(`macro ${name.slice(0, 40)} has more than ${MAX_DEFINITION} characters`);
  }
  if (!macros.has(name) && macros.size >= MAX_MACROS) {
    throw new UserError(`there are more than ${MAX_MACROS} macros`);
  }
  macros.set(name, definition);
}

/** Names have no spaces, and their case does not matter. */
export function macroName(text: string): string {
  return text.replace(/\s/g, '').toUpperCase();
}

/** All macros, a line each, in the order of their definition. */
export function listMacros(macros: Macros): string[] {
  return [...macros].map(([name, definition]) => `${name}=${definition}`);
}
