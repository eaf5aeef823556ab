// The listing that pMARS prints of a warrior it has assembled.

import type { CoreSettings } from '../settings.ts';
import type { Warrior } from '../warrior.ts';
import { toSigned } from './format-load-file.ts';

/** What `pmars -r 0 FILE` prints, `-8` for the rules of '88; ends with an empty line. `traced` are marked for the debugger. */
export function formatListing(
  { name, author, instructions, start }: Warrior,
  { coreSize }: Pick<CoreSettings, 'coreSize'>,
  rules: '94' | '88' = '94',
  traced: readonly number[] = [],
): string {
  const isInside = start < instructions.length;
  const marked = new Set(traced);
  const lines = instructions.map(({ opcode, modifier, aMode, a, bMode, b }, index) => {
    const label = index === start ? 'START' : '';
    const operation = rules === '88' ? opcode : `${opcode}.${modifier}`;
    return (
      `${label.padEnd(7)}${operation.padEnd(7)}${aMode}${formatField(a, coreSize)}, ` +
      `${bMode}${formatField(b, coreSize)} ${(marked.has(index) ? 'T' : '').padStart(4)}`
    );
  });
  return [
    `Program "${name}" (length ${instructions.length}) by "${author}"`,
    '',
    ...(isInside && rules === '94' ? ['       ORG      START'] : []),
    ...lines,
    ...(isInside && rules === '88' ? ['       END      START'] : []),
    '',
    '',
  ].join('\n');
}

function formatField(value: number, coreSize: number): string {
  return String(toSigned(value, coreSize)).padStart(6);
}
