// What both MARSs do around a round: checks of its settings and set-up, and the survival score.

import { UserError } from '../../core/index.ts';
import type { CoreSettings } from '../settings.ts';
import type { Warrior } from '../warrior.ts';
import type { RoundSetup } from './mars.ts';

/** As in pMARS. */
const MAX_CORE_SIZE = 2 ** 30;
const MAX_PROCESSES = 2 ** 31 - 1;
const MAX_CYCLES = 1_000_000_000;
/** What a core and its warriors may take: as much as WebAssembly can address. */
const MAX_BYTES = 2 ** 32 - 2 ** 20;

/** @throws UserError if a MARS cannot have these settings */
export function checkCoreSettings(settings: CoreSettings): void {
  const { coreSize, maxCycles, maxProcesses, pspaceSize, readLimit, writeLimit } = settings;
  checkRange('coreSize', coreSize, MAX_CORE_SIZE);
  checkRange('maxCycles', maxCycles, MAX_CYCLES);
  checkRange('maxProcesses', maxProcesses, MAX_PROCESSES);
  checkRange('pspaceSize', pspaceSize, coreSize);
  checkRange('readLimit', readLimit, coreSize);
  checkRange('writeLimit', writeLimit, coreSize);
  checkMemory(settings, 1);
}

/**
 * Processes that a warrior can have: it begins with one, and a turn adds one at most.
 */
export function reachableProcesses({ maxCycles, maxProcesses }: CoreSettings): number {
  return Math.min(maxProcesses, maxCycles + 1);
}

/**
 * @throws UserError if so many warriors need more memory than a MARS may take: per cell 10 bytes and per warrior a mark,
 * 4 bytes for each process and each cell of P-space
 */
function checkMemory(settings: CoreSettings, warriors: number): void {
  const { coreSize, pspaceSize } = settings;
  // The kernel's queues are as long as a power of two.
  const queue = 2 ** Math.ceil(Math.log2(reachableProcesses(settings)));
  const bytes = 10 * coreSize + warriors * (coreSize + 4 * (queue + pspaceSize));
  if (bytes <= MAX_BYTES) return;
  const gib = (count: number) => `${(count / 2 ** 30).toFixed(1)} GiB`;
  throw new UserError(
    `a core of ${coreSize} cells for ${warriors} warrior${warriors === 1 ? '' : 's'} needs ${gib(bytes)} of memory; ${gib(MAX_BYTES)} are allowed`,
    { hint: 'Take fewer cells, processes, cycles, cells of P-space or warriors.' },
  );
}

/** What a MARS tells where the memory that it asks for is not to be had. */
export function outOfMemory({ coreSize }: CoreSettings, warriors: number): UserError {
  return new UserError(`no memory for ${warriors} warriors in a core of ${coreSize} cells`, {
    hint: 'Take fewer warriors, processes or cells.',
  });
}

function checkRange(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new UserError(`${name} is ${value}`, { hint: `Give an integer from 1 to ${most}.` });
}

/** @throws UserError if no round can be played with these warriors */
export function checkWarriors(settings: CoreSettings, warriors: readonly Warrior[]): void {
  if (warriors.length === 0) {
    throw new UserError('a round needs a warrior', { hint: 'Load one or more.' });
  }
  checkMemory(settings, warriors.length);
  for (const { name, instructions, start } of warriors) {
    if (instructions.length > settings.coreSize) {
      throw new UserError(
        `warrior ${name} has ${instructions.length} instructions, the core ${settings.coreSize} cells`,
        { hint: 'Take a shorter warrior or a larger core.' },
      );
    }
    if (!Number.isInteger(start) || start < 0 || start >= Math.max(1, instructions.length)) {
      throw new UserError(`warrior ${name} starts at ${start}, outside of it`, {
        hint: 'Start at one of its instructions.',
      });
    }
  }
}

/**
 * For each warrior, the number of the one whose P-space it uses: its own, or that of the first with the same PIN. A PIN of 0
 * is shared with every later warrior that has none: that is how pMARS counts.
 */
export function findPspaceOwners(warriors: readonly Pick<Warrior, 'pin'>[]): readonly number[] {
  const owners: number[] = [];
  warriors.forEach(({ pin }, i) => {
    if (owners[i] !== undefined) return;
    warriors.forEach((other, j) => {
      if (j === i || (j > i && pin !== null && (other.pin ?? 0) === pin)) owners[j] = i;
    });
  });
  return owners;
}

/** For each warrior, which P-space it uses, from 0 in the order in which warriors first use them: as pMARS numbers them. */
export function numberPspaces(warriors: readonly Pick<Warrior, 'pin'>[]): readonly number[] {
  const owners = findPspaceOwners(warriors);
  const numbers = new Map([...new Set(owners)].map((owner, number) => [owner, number]));
  return owners.map((owner) => numbers.get(owner)!);
}

/** @throws UserError if positions or the first warrior are impossible, or warriors overlap and may not */
export function checkSetup(
  { coreSize }: CoreSettings,
  warriors: readonly Warrior[],
  { positions, first, mayOverlap = false }: RoundSetup,
): void {
  const count = warriors.length;
  if (count === 0) {
    throw new UserError('a round needs a warrior', { hint: 'Load warriors first.' });
  }
  if (positions.length !== count || !(first in warriors)) {
    throw new UserError(
      `${count} warriors have ${positions.length} positions, and number ${first} begins`,
      { hint: 'Give each warrior a position, and begin with one of them.' },
    );
  }
  for (const position of positions) {
    if (Number.isInteger(position) && position >= 0 && position < coreSize) continue;
    throw new UserError(`position ${position} is outside of the core`, {
      hint: `Place warriors at 0 to ${coreSize - 1}.`,
    });
  }
  if (mayOverlap) return;
  // Neighbors in order of position are the only ones that can overlap first.
  const order = positions.map((_, i) => i).sort((i, j) => positions[i]! - positions[j]!);
  for (let k = 0; k < count; k++) {
    const i = order[k]!;
    const j = order[(k + 1) % count]!;
    const room = positions[j]! - positions[i]! + (k === count - 1 ? coreSize : 0);
    const length = warriors[i]!.instructions.length;
    if (length <= room) continue;
    throw new UserError(
      `warrior ${warriors[i]!.name} at ${positions[i]} overlaps ${warriors[j]!.name} at ${positions[j]}`,
      { hint: `Leave at least ${length} cells between the two.` },
    );
  }
}

/**
 * Instructions that are left to a round after a death, by pMARS's count: the turns of the dead are taken out, and one
 * instruction more, so that each death but the last cuts one off the end of the round. (Where nothing is left to take it
 * from, pMARS's count passes zero and it goes on for minutes; here the round ends.)
 *
 * @param left instructions that were left, without the one that killed
 * @param alive warriors that were alive until then
 */
export function shortenRound(left: number, alive: number): number {
  return Math.max(0, left - Math.floor(left / alive) - 1);
}

/**
 * The survival score of each warrior from when they died. A warrior that dies in cycle c earns in cycles 0 to c - 1. It
 * is a sum over spans of cycles with one number alive, latest start last, so that every MARS gets the same double.
 *
 * @param until cycles to count: `maxCycles` when the round is over, else the full cycles played
 */
export function scoreSurvival(
  deaths: readonly number[],
  until: number,
  maxCycles: number,
): readonly number[] {
  const ends = deaths.map((death) => (death < 0 ? until : death));
  const limits = [...new Set(ends)].sort((x, y) => x - y);
  const sums = deaths.map(() => 0);
  let begin = 0;
  for (const end of limits) {
    const alive = ends.filter((other) => other >= end).length;
    ends.forEach((other, i) => {
      if (other >= end) sums[i]! += (end - begin) / alive;
    });
    begin = end;
  }
  return sums.map((sum) => (deaths.length * sum) / maxCycles);
}
