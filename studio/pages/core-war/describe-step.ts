// What an instruction did, in words.

import {
  type CoreSettings,
  formatInstruction,
  type Instruction,
} from '../../../src/corewar/index.ts';
import type { Effect, LastInstruction } from './battle-replay.ts';

/** An address as all lists write it. */
export function formatAddress(
  address: number,
  { coreSize }: Pick<CoreSettings, 'coreSize'>,
): string {
  return String(address).padStart(String(coreSize - 1).length, '0');
}

/** An instruction in one line, without columns. */
export function formatCell(instruction: Instruction, { coreSize }: CoreSettings): string {
  return formatInstruction(instruction, coreSize)
    .replace(/\s+/g, ' ')
    .replace(/([#$@<>*{}]) /g, '$1');
}

/** One line for each thing that an instruction did. */
export function describeStep(step: LastInstruction, settings: CoreSettings): string[] {
  const { effects, queued, address, instruction } = step;
  const lines = effects.map((effect) => describeEffect(effect, settings));
  const at = (one: number) => formatAddress(one, settings);
  const [next, further] = queued;
  if (next === undefined) return [...lines, `The process ends: ${whyItEnds(instruction)}.`];
  const place = (next - address + settings.coreSize) % settings.coreSize;
  const way = place === 1 ? 'goes on' : place === 2 ? 'skips to' : 'jumps to';
  lines.push(place === 1 ? `Goes on at ${at(next)}.` : `The process ${way} ${at(next)}.`);
  if (further !== undefined) lines.push(`A new process begins at ${at(further)}.`);
  else if (instruction.opcode === 'SPL') lines.push('No new process: the queue is full.');
  return lines;
}

function whyItEnds({ opcode }: Instruction): string {
  return opcode === 'DAT' ? 'DAT is not executable' : 'a division by zero';
}

function describeEffect(
  { access, address, before, after }: Effect,
  settings: CoreSettings,
): string {
  const at = formatAddress(address, settings);
  if (access === 'read') return `Reads ${at}: ${formatCell(before, settings)}`;
  const verb = access === 'write' ? 'Writes' : 'Changes';
  const change = describeChange(before, after, settings);
  return `${verb} ${at}: ${change}`;
}

/** Fields where nothing else is different, else the whole cell. */
function describeChange(before: Instruction, after: Instruction, settings: CoreSettings): string {
  const isSame = (['opcode', 'modifier', 'aMode', 'bMode'] as const).every(
    (part) => before[part] === after[part],
  );
  if (!isSame) return formatCell(after, settings);
  const fields = (['a', 'b'] as const).filter((field) => before[field] !== after[field]);
  if (fields.length === 0) return `${formatCell(after, settings)}, as it was`;
  return fields
    .map((field) => {
      const [from, to] = [before[field], after[field]].map((value) => toSigned(value, settings));
      return `${field.toUpperCase()}-field ${from} → ${to}`;
    })
    .join(', ');
}

function toSigned(value: number, { coreSize }: CoreSettings): string {
  return value > coreSize / 2 ? `−${coreSize - value}` : String(value);
}
