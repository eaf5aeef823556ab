// A champion as a file that is safe to print and assemble.

import { stripControlCharacters } from '../core/index.ts';
import { assemble, type CoreSettings, type Warrior } from '../corewar/index.ts';
import { formatSource } from './genetic-mutator.ts';

/**
 * The source of a champion without control characters, ending in a line feed. Where it would be another warrior without
 * them, the warrior's instructions are written in place of its source.
 */
export function championSource(
  { source, warrior }: { readonly source: string; readonly warrior: Warrior },
  settings: CoreSettings,
): string {
  const clean = stripControlCharacters(source);
  const text =
    clean === source || isSame(assemble(clean, { settings }).warrior, warrior)
      ? clean
      : stripControlCharacters(formatSource(warrior, settings));
  return text.endsWith('\n') ? text : `${text}\n`;
}

function isSame(a: Warrior | null, b: Warrior): boolean {
  const code = ({ start, instructions }: Warrior) => JSON.stringify([start, instructions]);
  return a !== null && code(a) === code(b);
}
