// A warrior as text again: a load file, which the assembler reads back, or the listing that pMARS prints.

import type { CoreSettings } from '../settings.ts';
import type { Warrior } from '../warrior.ts';

/** `ORG n`, then one instruction a line, such as `MOV.I $0, $1`; ends with a newline. Fields are signed, at most half the core. */
export function formatLoadFile(
  { instructions, start }: Warrior,
  { coreSize }: Pick<CoreSettings, 'coreSize'>,
): string {
  const lines = instructions.map(({ opcode, modifier, aMode, a, bMode, b }) => {
    const [first, second] = [toSigned(a, coreSize), toSigned(b, coreSize)];
    return `${opcode}.${modifier} ${aMode}${first}, ${bMode}${second}`;
  });
  return `${[`ORG ${toSigned(start, coreSize)}`, ...lines].join('\n')}\n`;
}

/** A field as people read it: beyond half the core it counts backwards. */
export function toSigned(value: number, coreSize: number): number {
  return value > Math.floor(coreSize / 2) ? value - coreSize : value;
}
