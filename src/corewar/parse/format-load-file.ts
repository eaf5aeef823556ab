// A warrior as text again: a load file, which the assembler reads back, or the listing that pMARS prints.

import type { CoreSettings } from '../settings.ts';
import type { Warrior } from '../warrior.ts';

/**
 * One instruction a line, fields signed, at most half the core; ends with a newline. Those of '94 read `MOV.I $0, $1` after `ORG n`
 * and, where the warrior has one, `PIN n`. Those of '88 have no modifiers, and `END n` after them.
 */
export function formatLoadFile(
  { instructions, start, pin }: Pick<Warrior, 'instructions' | 'start' | 'pin'>,
  { coreSize }: Pick<CoreSettings, 'coreSize'>,
  rules: '94' | '88' = '94',
): string {
  const lines = instructions.map(({ opcode, modifier, aMode, a, bMode, b }) => {
    const [first, second] = [toSigned(a, coreSize), toSigned(b, coreSize)];
    const operation = rules === '88' ? opcode : `${opcode}.${modifier}`;
    return `${operation} ${aMode}${first}, ${bMode}${second}`;
  });
  const from = toSigned(start, coreSize);
  const opening = [`ORG ${from}`, ...(pin === null ? [] : [`PIN ${pin}`])];
  const all = rules === '88' ? [...lines, `END ${from}`] : [...opening, ...lines];
  return `${all.join('\n')}\n`;
}

/** A field as people read it: beyond half the core it counts backwards. */
export function toSigned(value: number, coreSize: number): number {
  return value > Math.floor(coreSize / 2) ? value - coreSize : value;
}
