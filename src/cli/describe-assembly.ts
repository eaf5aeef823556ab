// The output of `-V` on a warrior's assembly.

import { formatInstruction } from '../corewar/format-instruction.ts';
import type { WarriorSymbols } from '../corewar/parse/debug-marks.ts';
import type { CoreSettings } from '../corewar/settings.ts';
import type { Warrior } from '../corewar/warrior.ts';

/** The labels that are listed; a source may have thousands. */
const MAX_LABELS = 200;

/** Name, labels with their values, and instructions with their addresses, some lines with a newline at the end. */
export function describeAssembly(
  file: string,
  { name, author, instructions, start, pin }: Warrior,
  { labels }: Pick<WarriorSymbols, 'labels'>,
  settings: CoreSettings,
): string {
  const shown = [...labels].slice(0, MAX_LABELS).map(([label, value]) => `  ${label} = ${value}`);
  const rest = labels.size - shown.length;
  return [
    `${file}: "${name}" by "${author}", ${countInstructions(instructions.length)}, starts at ${start}`,
    `  P-space: ${pin === null ? 'its own' : `shared as PIN ${pin}`}, ${settings.pspaceSize} cells`,
    ...(labels.size > 0 ? ['labels:', ...shown] : ['no labels']),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    'instructions:',
    ...instructions.map(
      (one, i) => `  ${String(i).padStart(4)}  ${formatInstruction(one, settings.coreSize)}`,
    ),
    '',
    '',
  ].join('\n');
}

function countInstructions(count: number): string {
  return count === 1 ? '1 instruction' : `${count} instructions`;
}
