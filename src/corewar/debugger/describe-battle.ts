// What `registers`, `progress` and the stops of the debugger say.

import { formatResults } from '../format-battle.ts';
import { type ScoreFormula, scoreBattle } from '../scoring.ts';
import type { DebuggedBattle, Turn } from './debugged-battle.ts';
import { readQueue } from './views.ts';

/** Cells of P-space that `registers` shows. */
const SHOWN_PSPACE = 10;

/** The round, and each warrior's queue and P-space: what a pair of warriors has in full, and the others of a melee in a line. */
export function describeRegisters(battle: DebuggedBattle): string {
  const { job, mars } = battle;
  const { warrior, cyclesLeft } = battle.turn();
  const { rounds, warriors } = job;
  const others = warriors.map((_, i) => i).filter((i) => i !== warrior);
  const lines = [
    `Round ${battle.round()} of ${rounds}, ${cyclesLeft} ${cyclesLeft === 1 ? 'cycle' : 'cycles'} left`,
    ...describeWarrior(battle, warrior, 'moves'),
  ];
  if (warriors.length === 2) lines.push(...describeWarrior(battle, others[0]!, 'waits'));
  else {
    for (const i of others) {
      const { length } = mars.readQueue(i);
      const state =
        length === 0 ? 'dead' : `${countProcesses(length)}, next at ${mars.nextAddress(i)}`;
      lines.push(`${nameOf(battle, i)}: ${state}`);
    }
    const alive = warriors.filter((_, i) => mars.nextAddress(i) >= 0).length;
    if (warriors.length > 2) lines.push(`${alive} of ${warriors.length} warriors are alive`);
  }
  return `${lines.join('\n')}\n`;
}

function describeWarrior(battle: DebuggedBattle, warrior: number, verb: string): string[] {
  const { mars, job } = battle;
  const queue = readQueue(battle, warrior);
  const half = job.settings.coreSize <= 10_000 ? 7 : 5;
  const isLong = queue.length > 2 * half;
  const past = isLong ? half : queue.length >> 1;
  const future = isLong ? half : queue.length - past;
  const shown = [
    ...(isLong ? ['..'] : []),
    ...queue.slice(queue.length - past),
    ...(queue.length === 0 ? ['dead'] : [`[${queue[0]}]->`]),
    ...queue.slice(1, future),
    ...(isLong ? ['..'] : []),
  ];
  const pspace = mars.readPspace(warrior);
  const cells = Array.from(pspace.subarray(1, SHOWN_PSPACE)).join(' ');
  return [
    `${nameOf(battle, warrior)} ${verb}: ${countProcesses(queue.length)}`,
    `  queue: ${shown.join(' ')}`,
    `  P-space: <${pspace[0]}> ${cells}${pspace.length > SHOWN_PSPACE ? ' ..' : ''}`,
  ];
}

/** Both numbers of a warrior: from 0 in wqueue, from 1 in PC1, pqueue and pspace. */
function nameOf({ job }: DebuggedBattle, warrior: number): string {
  return `Warrior ${warrior} (PC${warrior + 1}) ${job.warriors[warrior]!.name}`;
}

function countProcesses(count: number): string {
  return `${count} process${count === 1 ? '' : 'es'}`;
}

/** The table of scores so far. */
export function describeProgress({ job, outcomes }: DebuggedBattle, formula: ScoreFormula): string {
  return formatResults({
    warriors: job.warriors,
    outcomes,
    scores: scoreBattle(outcomes, formula),
  });
}

/** Why the debugger stops after an instruction: a death, or the end of the round. */
export function describeStop(battle: DebuggedBattle, { warrior, isOver, isDead }: Turn): string {
  const death = isDead
    ? `Warrior ${warrior} (${battle.job.warriors[warrior]!.name}) has died. `
    : '';
  return isOver ? `${death}Round ${battle.round()} is over.\n` : `${death.trim()}\n`;
}
