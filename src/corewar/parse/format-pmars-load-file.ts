// The load file that pMARS 0.9.5 prints with `-A`.

import { formatInstruction } from '../format-instruction.ts';
import type { CoreSettings } from '../settings.ts';
import type { Warrior } from '../warrior.ts';
import { toSigned } from './format-load-file.ts';

/** What `pmars -A FILE` prints: ORG, instructions in columns, PIN where there is one, END. */
export function formatPmarsLoadFile(
  { instructions, start, pin }: Pick<Warrior, 'instructions' | 'start' | 'pin'>,
  { coreSize }: Pick<CoreSettings, 'coreSize'>,
  rules: '94' | '88' = '94',
  traced: readonly number[] = [],
): string {
  const marked = new Set(traced);
  const lines = instructions.map((instruction, index) => {
    const text = formatInstruction(instruction, coreSize);
    const shown = rules === '88' ? instruction.opcode.padEnd(7) + text.slice(7) : text;
    return `${shown} ${(marked.has(index) ? 'T' : '').padStart(4)}`;
  });
  return [
    `ORG     ${String(toSigned(start, coreSize)).padStart(6)}`,
    ...lines,
    // pMARS names a label that the file does not have; an assembler reads no further than END.
    ...(rules === '88' && start < instructions.length ? ['END      START'] : []),
    ...(pin === null ? [] : [`PIN     ${String(pin).padStart(6)}`]),
    'END',
  ]
    .map((line) => `       ${line}\n`)
    .join('');
}
